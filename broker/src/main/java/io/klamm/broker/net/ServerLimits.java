/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

/**
 * Bounds of one listener's connections.
 *
 * @param maxRequestBytes socket.request.max.bytes: a longer frame closes the connection
 * @param maxInFlight requests of one connection that have no answer on the wire yet; at the bound it is not read from
 * @param maxIdleMs connections.max.idle.ms; 0 or less: never closed for being idle
 * @param maxStallMs how long a connection may send nothing while its half-received request holds up all the others, because the
 *     memory for requests is used up
 */
public record ServerLimits(int maxRequestBytes, int maxInFlight, long maxIdleMs, long maxStallMs) {
    public static final ServerLimits DEFAULT = new ServerLimits(100 * 1024 * 1024, 100, 10 * 60 * 1000L);

    /** With the default for stalls. */
    public ServerLimits(int maxRequestBytes, int maxInFlight, long maxIdleMs) {
        this(maxRequestBytes, maxInFlight, maxIdleMs, 5_000);
    }
}
