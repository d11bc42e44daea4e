/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.fact.Voter;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Where Raft listens: the CONTROLLER port of each voter plus {@code raft.port.offset}. */
final class VoterAddresses {
    private VoterAddresses() {}

    static int raftPort(Voter voter, QuorumConfig config) {
        return voter.port() + config.raftPortOffset();
    }

    /** As Raft peers dial it; an IPv6 address in brackets. */
    static String raftAddress(Voter voter, int raftPortOffset) {
        String host = voter.host().contains(":") ? '[' + voter.host() + ']' : voter.host();
        return host + ':' + (voter.port() + raftPortOffset);
    }

    static Voter self(QuorumConfig config) {
        return config.voters().stream()
                .filter(voter -> voter.nodeId() == config.nodeId())
                .findFirst()
                .orElseThrow(() -> new QuorumStartException(
                        "node " + config.nodeId() + " is not among controller.quorum.voters, so it cannot be a voter"));
    }

    /**
     * Checks that all voters can listen where the settings put them.
     *
     * @throws QuorumStartException when not
     */
    static void check(QuorumConfig config) {
        self(config);
        Set<Integer> ids = new HashSet<>();
        Map<String, String> taken = new HashMap<>();
        for (Voter voter : config.voters()) {
            if (!ids.add(voter.nodeId())) {
                throw new QuorumStartException("controller.quorum.voters names node " + voter.nodeId() + " twice");
            }
            claim(taken, voter, voter.port(), "the CONTROLLER listener");
        }
        for (Voter voter : config.voters()) {
            int port = raftPort(voter, config);
            if (port < 1 || port > 65535) {
                throw new QuorumStartException("Raft port of voter " + voter.nodeId() + " would be " + port + " ("
                        + voter.port() + " plus raft.port.offset " + config.raftPortOffset()
                        + "), which is not a port; change raft.port.offset");
            }
            claim(taken, voter, port, "Raft");
        }
    }

    private static void claim(Map<String, String> taken, Voter voter, int port, String use) {
        String who = use + " of voter " + voter.nodeId();
        String other = taken.putIfAbsent(voter.host() + ':' + port, who);
        if (other != null) {
            throw new QuorumStartException(who + " and " + other + " would both listen on " + voter.host() + ':' + port
                    + "; change controller.quorum.voters or raft.port.offset");
        }
    }

    /**
     * Tries the Raft port before Ratis does, since Ratis has no way to report a failed bind but to end the process.
     *
     * @throws QuorumStartException when the port cannot be had
     */
    static void checkFree(String host, int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            InetAddress address = InetAddress.getByName(host);
            socket.bind(new InetSocketAddress(address, port));
        } catch (UnknownHostException e) {
            throw new QuorumStartException("host " + host + " of this voter cannot be resolved", e);
        } catch (IOException e) {
            throw new QuorumStartException(
                    "cannot listen for Raft on " + host + ':' + port + " (CONTROLLER port plus raft.port.offset): "
                            + (e instanceof BindException
                                            && String.valueOf(e.getMessage()).contains("in use")
                                    ? "the port is in use"
                                    : e.getMessage()),
                    e);
        }
    }
}
