/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

/**
 * Where a broker can be reached on one of its listeners.
 *
 * @param listenerName name of the listener, upper case
 * @param host advertised host
 * @param port advertised port
 * @param securityProtocol Kafka's id of the security protocol (0 is PLAINTEXT)
 */
public record Endpoint(String listenerName, String host, int port, short securityProtocol) {}
