/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

/**
 * Where a server listens.
 *
 * @param name listener name, for example PLAINTEXT or CONTROLLER
 * @param securityProtocol for example PLAINTEXT
 * @param host address or name to bind; empty means every interface
 * @param port 0 means any free one
 */
public record ListenerSpec(String name, String securityProtocol, String host, int port) {
    @Override
    public String toString() {
        return name + "://" + host + ":" + port;
    }
}
