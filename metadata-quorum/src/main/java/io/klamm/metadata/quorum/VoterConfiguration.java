/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.fact.Voter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.Uuid;
import org.apache.ratis.protocol.RaftPeer;
import org.jspecify.annotations.Nullable;

/**
 * Between Raft's configuration, which decides who votes, and the voters as the facts have them. A peer id says which directory it
 * stands for, so one follows from the other, and whoever leads can write the fact that is missing. Pure.
 */
final class VoterConfiguration {
    private VoterConfiguration() {}

    static RaftPeer founder(Voter voter, int raftPortOffset) {
        return peer(VoterIdentity.founderPeerId(voter.nodeId()), voter, raftPortOffset);
    }

    static RaftPeer joiner(Voter voter, int raftPortOffset) {
        return peer(VoterIdentity.joinerPeerId(voter.nodeId(), voter.directoryId()), voter, raftPortOffset);
    }

    private static RaftPeer peer(String id, Voter voter, int raftPortOffset) {
        return RaftPeer.newBuilder()
                .setId(id)
                .setAddress(VoterAddresses.raftAddress(voter, raftPortOffset))
                .build();
    }

    static int nodeId(RaftPeer peer) {
        return VoterIdentity.nodeIdOf(peer.getId().toString());
    }

    /** Whether Raft's member is this voter, and not one that had its node id before or has it now. */
    static boolean is(RaftPeer peer, Voter voter) {
        Uuid directory = VoterIdentity.directoryOf(peer.getId().toString());
        return nodeId(peer) == voter.nodeId() && (directory == null || directory.equals(voter.directoryId()));
    }

    /**
     * The voters that Raft's members are, by node id.
     *
     * @param known the voters by the facts so far: they know the directories of founders, and addresses
     */
    static List<Voter> voters(Collection<RaftPeer> peers, List<Voter> known, int raftPortOffset) {
        List<Voter> voters = new ArrayList<>();
        for (RaftPeer peer : peers) {
            voters.add(known.stream()
                    .filter(voter -> is(peer, voter))
                    .findFirst()
                    .orElseGet(() -> joined(peer, raftPortOffset)));
        }
        return sorted(voters);
    }

    static List<Voter> sorted(List<Voter> voters) {
        return voters.stream().sorted(Comparator.comparingInt(Voter::nodeId)).toList();
    }

    private static Voter joined(RaftPeer peer, int raftPortOffset) {
        @Nullable Uuid directory = VoterIdentity.directoryOf(peer.getId().toString());
        String address = peer.getAddress();
        int colon = address.lastIndexOf(':');
        String host = address.substring(0, colon);
        return new Voter(
                nodeId(peer),
                Objects.requireNonNull(directory, () -> "no fact knows the directory of founder " + peer.getId()),
                host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
                Integer.parseInt(address.substring(colon + 1)) - raftPortOffset);
    }
}
