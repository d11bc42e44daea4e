/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

/**
 * Bounds of one listener's connections.
 *
 * @param maxRequestBytes socket.request.max.bytes: a longer frame closes the connection
 * @param maxInFlight requests of one connection that have no answer on the wire yet; at the bound it is not read from
 * @param maxIdleMs connections.max.idle.ms; 0 or less: never closed for being idle
 */
public record ServerLimits(int maxRequestBytes, int maxInFlight, long maxIdleMs) {
    public static final ServerLimits DEFAULT = new ServerLimits(100 * 1024 * 1024, 100, 10 * 60 * 1000L);
}
