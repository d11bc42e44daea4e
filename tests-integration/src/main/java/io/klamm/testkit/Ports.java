/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

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
     * The first of {@code count} consecutive ports that are free now, together with those that belong to them.
     *
     * @param offsets from each port to others that must be free, too
     */
    public static int block(int count, int... offsets) {
        for (int attempt = 0; attempt < 200; attempt++) {
            int first = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
            if (IntStream.range(first, first + count)
                    .allMatch(
                            port -> isFree(port) && IntStream.of(offsets).allMatch(offset -> isFree(port + offset)))) {
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
