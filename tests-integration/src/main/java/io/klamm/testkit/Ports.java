/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for clusters: below the range that the operating system hands out by itself, so that an outgoing connection cannot take a
 * port that a node needs again after a restart.
 */
public final class Ports {
    private static final int LOWEST = 12_000;
    private static final int HIGHEST = 21_000;

    /** Offset of the Raft ports to the CONTROLLER ports, the default of {@code raft.port.offset}. */
    public static final int RAFT_OFFSET = 10_000;

    private Ports() {}

    /**
     * The first of {@code count} consecutive ports that are free now, together with the Raft ports that belong to them.
     */
    public static int block(int count) {
        for (int attempt = 0; attempt < 200; attempt++) {
            int first = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
            boolean free = true;
            for (int port = first; port < first + count && free; port++) {
                free = isFree(port) && isFree(port + RAFT_OFFSET);
            }
            if (free) {
                return first;
            }
        }
        throw new IllegalStateException("no " + count + " consecutive free ports found");
    }

    public static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
