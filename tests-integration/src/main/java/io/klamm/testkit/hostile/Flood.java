/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import io.klamm.testkit.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Many connections to one port at once, and what the node's process has of them: the sockets that it holds are counted. */
final class Flood implements AutoCloseable {
    private static final int TIMEOUT_MS = 20_000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** Others come and go meanwhile. */
    private static final int OTHERS = 100;

    private final Victim victim;
    private final int before;
    private final List<HostileConnection> open = new ArrayList<>();
    private int opened;
    private int ended;
    private long bytes;

    /**
     * @param connections how many are opened
     * @param receiveBuffer bytes that the system takes of unread answers; 0 for its own choice
     * @throws AssertionError when the node has not taken nine of ten
     */
    Flood(Victim victim, int connections, int receiveBuffer) throws IOException {
        this.victim = victim;
        this.before = victim.node().sockets();
        try {
            for (int i = 0; i < connections; i++) {
                open.add(new HostileConnection(victim.address(), TIMEOUT_MS, receiveBuffer));
                opened++;
            }
            int felt = before + connections * 9 / 10 - OTHERS;
            Await.until(
                    "the node holds " + felt + " sockets",
                    PATIENCE,
                    () -> victim.node().sockets() >= felt);
        } catch (IOException | AssertionError e) {
            close();
            throw e;
        }
    }

    /** Those that the node has not closed, as far as writing has shown. */
    List<HostileConnection> open() {
        return List.copyOf(open);
    }

    /** Writes; a connection that the node has closed leaves the flood. */
    void send(HostileConnection connection, byte[] what, int from, int count) {
        try {
            connection.send(what, from, count);
            bytes += count;
        } catch (IOException e) {
            ended++;
            open.remove(connection);
            connection.close();
        }
    }

    /** Bytes that the system has taken, for the node or for its own buffers. */
    long bytes() {
        return bytes;
    }

    /** Number of connections that the node has closed, as far as writing has shown. */
    int ended() {
        return ended;
    }

    /**
     * Closes all, and waits until the node has, too.
     *
     * @return the evidence
     * @throws AssertionError when sockets stay
     */
    String letGo() {
        int held = victim.node().sockets() - before;
        close();
        Await.until(
                "the node lets go of " + opened + " connections; it had " + before + " sockets before",
                PATIENCE,
                () -> victim.node().sockets() <= before + OTHERS);
        return opened + " connections, " + held + " sockets more in the node at the end, " + bytes + " bytes sent, "
                + ended + " closed by the node, all let go";
    }

    @Override
    public void close() {
        open.forEach(HostileConnection::close);
        open.clear();
    }
}
