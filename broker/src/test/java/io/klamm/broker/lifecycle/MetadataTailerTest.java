/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.VirtualExecutor;
import io.klamm.metadata.fact.ClusterCreated;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.FactFormatException;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.TopicCreated;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.image.MetadataDelta;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.replication.peer.PeerException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiMessage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MetadataTailerTest {
    private final VirtualExecutor time = new VirtualExecutor();
    private final Map<Integer, FakeVoter> voters = new HashMap<>();
    private final Set<Integer> dead = new HashSet<>();
    private final List<MetadataDelta> deltas = new ArrayList<>();
    private final List<Throwable> fatal = new ArrayList<>();
    private final ControllerLocator locator = new ControllerLocator(() -> FakePeers.THREE_VOTERS, () -> -1);
    private final MetadataTailer tailer = new MetadataTailer(
            9,
            "cluster",
            locator,
            (voter, request, timeoutMs, done) -> {
                CompletableFuture<ApiMessage> answer = dead.contains(voter.nodeId())
                        ? CompletableFuture.failedFuture(new PeerException("refused", null, false))
                        : node(voter.nodeId()).answer(request);
                var unused = answer.whenComplete(done);
            },
            time,
            time::nanoTime,
            new MetadataTailer.Sink(deltas::add, fatal::add));
    private long nextOffset;
    private MetadataImage truth = MetadataImage.EMPTY;

    @BeforeEach
    void threeVoters() {
        for (int node = 1; node <= 3; node++) {
            voters.put(node, new FakeVoter(time, 2));
        }
        batch(new ClusterCreated("cluster", List.of(new Voter(1, Uuid.randomUuid(), "localhost", 1))));
    }

    @Test
    void followsWhatTheVotersApply() {
        tailer.start();
        time.advance(10);
        batch(topic("a"));
        batch(topic("b"), topic("c"));
        time.advance(10);

        assertThat(current()).isEqualTo(truth);
        assertThat(deltas.get(0).from()).isEqualTo(MetadataImage.EMPTY);
        assertThat(locator.next().nodeId()).as("it learns who leads on the way").isEqualTo(2);
    }

    @Test
    void waitsAtTheVoterInsteadOfAskingAllTheTime() {
        tailer.start();
        time.advance(10_000);
        int asked = voters.values().stream().mapToInt(voter -> voter.fetches).sum();
        assertThat(asked).isLessThan(40);
    }

    @Test
    void loadsTheSnapshotWhenItIsTooFarBehind() {
        for (int index = 0; index < 20; index++) {
            batch(topic("topic-" + index));
        }
        voters.values().forEach(FakeVoter::purge);
        tailer.start();
        time.advance(10);
        assertThat(current().endOffset()).isEqualTo(truth.endOffset());
        assertThat(current().topicIds()).isEqualTo(truth.topicIds());
        assertThat(node(1).snapshotPieces).isGreaterThan(1);

        batch(topic("after"));
        time.advance(10);
        assertThat(current().topic("after")).isNotNull();
        assertThat(deltas.get(deltas.size() - 1).from())
                .isSameAs(deltas.get(deltas.size() - 2).to());
    }

    @Test
    void leavesADeadVoter() {
        dead.add(1);
        tailer.start();
        time.advance(500);
        assertThat(current()).isEqualTo(truth);
        dead.add(2);
        batch(topic("a"));
        time.advance(2_000);
        assertThat(current()).isEqualTo(truth);
    }

    @Test
    void leavesAVoterThatIsCutOffWithinASecond() {
        tailer.start();
        time.advance(10);
        FactBatch unseenByFirst = next(topic("a"));
        node(2).apply(unseenByFirst);
        node(3).apply(unseenByFirst);

        time.advance(1_600);
        assertThat(current()).isEqualTo(truth);
    }

    @Test
    void neverGoesBackToAVoterThatIsBehind() {
        dead.add(1);
        dead.add(3);
        FactBatch onlySecond = next(topic("a"));
        node(2).apply(onlySecond);
        tailer.start();
        time.advance(500);
        assertThat(current()).isEqualTo(truth);

        dead.remove(1);
        dead.add(2);
        time.advance(5_000);
        assertThat(current()).isEqualTo(truth);
        assertThat(fatal).isEmpty();

        node(1).apply(onlySecond);
        node(1).apply(next(topic("b")));
        time.advance(1_000);
        assertThat(current()).isEqualTo(truth);
    }

    @Test
    void stopsAtCloseAndSaysNothingMore() {
        tailer.start();
        time.advance(10);
        tailer.close();
        time.advance(1_000);
        int published = deltas.size();
        batch(topic("late"));
        time.advance(2_000);
        assertThat(deltas).hasSize(published);
        assertThat(fatal).noneMatch(FactFormatException.class::isInstance);
    }

    private FakeVoter node(int nodeId) {
        return requireNonNull(voters.get(nodeId));
    }

    private MetadataImage current() {
        return deltas.get(deltas.size() - 1).to();
    }

    private static TopicCreated topic(String name) {
        return new TopicCreated(Uuid.randomUuid(), name);
    }

    private FactBatch next(MetadataFact... facts) {
        FactBatch batch = new FactBatch(1, nextOffset, 1, "test", "test", List.of(facts));
        nextOffset = batch.endOffset();
        truth = truth.apply(batch);
        return batch;
    }

    private void batch(MetadataFact... facts) {
        FactBatch batch = next(facts);
        voters.values().forEach(voter -> voter.apply(batch));
    }
}
