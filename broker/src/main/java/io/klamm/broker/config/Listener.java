/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

/**
 * A socket this node listens on.
 *
 * @param name listener name, upper case
 * @param host address to bind, empty for all interfaces; IPv6 without brackets
 * @param port port to bind, 0 for any free one
 * @param securityProtocol Kafka's name of the protocol; PLAINTEXT is what is served
 */
public record Listener(String name, String host, int port, String securityProtocol) {
    @Override
    public String toString() {
        return name + "://" + HostPort.format(host, port);
    }
}
