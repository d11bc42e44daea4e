/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import java.io.IOException;
import java.net.Socket;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.util.NetUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a voter in touch with the other members: one that is silent, as {@link SilentLinks} has it, and whose Raft port takes a connection
 * gets a new one of Ratis. A member that cannot be reached is tried again with each look, so that it is back a moment after its links are.
 * Thread-safe; nothing here waits but threads of its own, one for each member at most.
 */
final class PeerLinks {
    private static final Logger LOG = LoggerFactory.getLogger(PeerLinks.class);
    private static final int CONNECT_TIMEOUT_MS = 1_000;

    private final RaftVoter voter;
    private final SilentLinks silent = new SilentLinks();
    private final Set<RaftPeerId> trying = new HashSet<>();

    PeerLinks(RaftVoter voter) {
        this.voter = voter;
    }

    /** To be called all the time, a few times a second. */
    synchronized void look() {
        for (RaftPeerId peer : silent.due(voter.links(), nowMs())) {
            if (trying.add(peer)) {
                Thread thread = new Thread(() -> renew(peer), "quorum-reconnect-" + peer);
                thread.setDaemon(true);
                thread.start();
            }
        }
    }

    private void renew(RaftPeerId peer) {
        try {
            if (takesConnections(peer)) {
                LOG.info(
                        "Nothing is heard of voter {}: connecting to it anew", VoterIdentity.nodeIdOf(peer.toString()));
                counted(peer);
                voter.reconnect(peer);
            }
        } finally {
            tried(peer);
        }
    }

    private synchronized void counted(RaftPeerId peer) {
        silent.renewed(peer, nowMs());
    }

    private synchronized void tried(RaftPeerId peer) {
        trying.remove(peer);
    }

    private boolean takesConnections(RaftPeerId peer) {
        String address = voter.address(peer);
        if (address == null) {
            return false;
        }
        try (Socket socket = new Socket()) {
            socket.connect(NetUtils.createSocketAddr(address), CONNECT_TIMEOUT_MS);
            return true;
        } catch (IOException | IllegalArgumentException e) {
            return false; // down, cut off, or of an unknown name: there is nothing to be had from a new connection
        }
    }

    private static long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
