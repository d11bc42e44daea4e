/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

/**
 * Who asks.
 *
 * @param clientId the client's name of itself
 * @param clientHost its address as groups are described with
 * @param version of the API it asks with
 */
public record GroupClient(String clientId, String clientHost, short version) {}
