/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.VirtualExecutor;
import io.klamm.metadata.fact.Voter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class QuorumLeaderWatchTest {
    private static final int SELF = 1;
    private static final int RAFT_OFFSET = 10_000;

    private final FakePeers peers = new FakePeers();
    private final VirtualExecutor time = new VirtualExecutor();
    private final List<Integer> dead = new ArrayList<>();
    private int leader = 2;

    private final QuorumLeaderWatch watch = new QuorumLeaderWatch(
            SELF,
            new QuorumLeaderWatch.Quorum() {
                @Override
                public int leaderId() {
                    return leader;
                }

                @Override
                public @Nullable Voter voter(int nodeId) {
                    return FakePeers.voter(nodeId);
                }

                @Override
                public int raftPort(Voter voter) {
                    return voter.port() + RAFT_OFFSET;
                }

                @Override
                public void leaderIsDead(int nodeId) {
                    dead.add(nodeId);
                }
            },
            peers,
            time);

    @Test
    void aLeaderWhoseConnectionEndsAndWhoseRaftPortRefusesIsDead() {
        begin();
        endConnectionTo(2);
        assertThat(dead).containsExactly(2);
    }

    @Test
    void aLeaderWhoseRaftPortAnswersIsAliveAndWatchedAgain() {
        begin();
        peers.listens(2 + RAFT_OFFSET);
        endConnectionTo(2);
        assertThat(dead).isEmpty();
        time.advance(500);
        assertThat(peers.held).containsOnlyKeys(2);
        peers.stopsListening(2 + RAFT_OFFSET);
        endConnectionTo(2);
        assertThat(dead).containsExactly(2);
    }

    @Test
    void aConnectionThatWasNeverMadeProvesNothing() {
        peers.holdFails = true;
        begin();
        time.advance(2_000);
        assertThat(dead).isEmpty();
    }

    @Test
    void theNewLeaderIsWatchedAndTheOldOneNoMore() {
        begin();
        leader = 3;
        time.advance(500);
        assertThat(peers.held).containsOnlyKeys(3);
        leader = SELF;
        time.advance(500);
        assertThat(peers.held).isEmpty();
    }

    @Test
    void whenAnotherLeadsAlreadyNobodyIsToldOfTheDeath() {
        begin();
        leader = 3;
        endConnectionTo(2);
        assertThat(dead).isEmpty();
    }

    private void begin() {
        watch.start();
        time.advance(1);
    }

    private void endConnectionTo(int node) {
        requireNonNull(peers.held.get(node)).complete(null);
        time.advance(1);
    }
}
