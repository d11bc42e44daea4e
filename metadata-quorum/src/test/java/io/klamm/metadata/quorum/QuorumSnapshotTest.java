/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import static io.klamm.metadata.quorum.TestQuorum.awaitTrue;
import static io.klamm.metadata.quorum.TestQuorum.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.FactCodec;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.image.ImageSnapshot;
import io.klamm.metadata.image.MetadataImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class QuorumSnapshotTest {
    @TempDir
    Path dir;

    /** Whose leader stays, however busy the machine is: offsets are told beforehand. */
    private TestQuorum three() throws IOException {
        return new TestQuorum("cluster", dir, 3).electionTimeouts(10_000, 20_000);
    }

    @Test
    void everythingIsThereAfterARestartOfAll() throws Exception {
        try (TestQuorum quorum = three()) {
            quorum.startAll();
            quorum.awaitLeader();
            for (int i = 0; i < 10; i++) {
                quorum.append("key" + i, "value" + i);
            }
            quorum.awaitAll(12);
            quorum.killAll();
            List.of(3, 1, 2).forEach(quorum::start);
            TestQuorum.Node leader = quorum.awaitLeader();
            assertThat(leader.image().endOffset()).isEqualTo(12);
            quorum.append("key10", "value10");
            quorum.awaitAll(13);
            assertThat(leader.quorum.history().startOffset())
                    .as("replayed from the log")
                    .isZero();
        }
    }

    @Test
    void aLaggingVoterCatchesUpBySnapshot() throws Exception {
        try (TestQuorum quorum = three()) {
            quorum.override("raft.server.snapshot.auto.trigger.threshold", "10")
                    .override("raft.server.log.segment.size.max", "4KB")
                    .override("raft.server.log.preallocated.size", "1KB");
            quorum.startAll();
            TestQuorum.Node leader = quorum.awaitLeader();
            quorum.append("first", "1");
            quorum.awaitAll(3);
            int lagging = leader.id % 3 + 1;
            quorum.kill(lagging);
            for (int i = 0; i < 60; i++) {
                quorum.append("key" + i, "x".repeat(500));
            }
            awaitTrue("the log was purged", () -> firstIndexInLog(quorum, leader.id) > 20);

            TestQuorum.Node back = quorum.start(lagging);
            quorum.awaitAll(63);
            assertThat(value(back.image(), "first")).isEqualTo("1");
            FactHistory history = back.quorum.history();
            assertThat(history.startOffset()).isGreaterThan(3);
            assertThat(history.endOffset()).isEqualTo(63);
            SnapshotId snapshot = snapshotNeededFor(history, 3);
            assertThat(snapshot.endOffset()).isGreaterThanOrEqualTo(history.startOffset());
            assertThat(load(back.quorum, snapshot).endOffset()).isEqualTo(snapshot.endOffset());
            assertThat(back.fatal.get()).isNull();

            // What was installed survives the next restart.
            quorum.kill(lagging);
            quorum.start(lagging);
            quorum.append("last", "1");
            quorum.awaitAll(64);
        }
    }

    @Test
    void aTailerRebuildsTheImageFromSnapshotAndHistory() throws Exception {
        try (TestQuorum quorum = new TestQuorum("cluster", dir, 1)) {
            quorum.override("raft.server.snapshot.auto.trigger.threshold", "10");
            quorum.startAll();
            TestQuorum.Node node = quorum.awaitLeader();
            for (int i = 0; i < 25; i++) {
                quorum.append("key" + i, "value" + i);
            }
            quorum.kill(1);
            TestQuorum.Node again = quorum.start(1);
            quorum.awaitLeader();
            quorum.append("after", "restart");
            FactHistory history = again.quorum.history();
            MetadataImage image = load(again.quorum, snapshotNeededFor(history, 0));
            assertThat(image.endOffset()).isEqualTo(history.startOffset());
            for (ByteBuffer bytes : history.read(image.endOffset(), 1 << 20)) {
                image = image.apply(FactCodec.decode(bytes));
            }
            assertThat(image).isEqualTo(again.image());
            assertThat(again.quorum.readSnapshot(new SnapshotId(1, 1), 0, 10)).isNull();
            assertThat(node).isNotSameAs(again);
        }
    }

    @Test
    void oneDecisionMayFillEightMebibytes() throws Exception {
        try (TestQuorum quorum = three()) {
            quorum.startAll();
            TestQuorum.Node leader = quorum.awaitLeader();
            List<MetadataFact> facts = new ArrayList<>();
            for (int i = 0; i < 250; i++) {
                facts.add(new ConfigChanged(ConfigResourceType.TOPIC, "orders", "key" + i, "x".repeat(32_000)));
            }
            FactBatch large = new FactBatch(leader.readyTerm, 2, 0, "test", "large", facts);
            assertThat(FactCodec.encode(large).remaining()).isBetween(7_900_000, RaftSettings.MAX_ENTRY_BYTES);
            assertThat(leader.log().append(large).get(20, TimeUnit.SECONDS)).isTrue();
            quorum.awaitAll(252);

            facts.addAll(List.copyOf(facts));
            FactBatch tooLarge = new FactBatch(leader.readyTerm, 252, 0, "test", "too large", facts);
            assertThat(leader.log().append(tooLarge))
                    .failsWithin(TestQuorum.PATIENCE)
                    .withThrowableThat()
                    .withMessageContaining("above the limit");
            quorum.append("still", "leading");
            quorum.awaitAll(253);
        }
    }

    @Test
    void aLogThatIsDamagedInsideStopsTheStart() throws Exception {
        try (TestQuorum quorum = new TestQuorum("cluster", dir, 1)) {
            quorum.startAll();
            quorum.awaitLeader();
            for (int i = 0; i < 20; i++) {
                quorum.append("key" + i, "value" + i);
            }
            quorum.kill(1);
            Path segment = segments(quorum, 1).get(0);
            try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
                file.seek(file.length() / 2);
                file.writeLong(0x5555555555555555L);
            }
            TestQuorum.Node node = quorum.start(1);
            assertThat(node.start)
                    .failsWithin(TestQuorum.PATIENCE)
                    .withThrowableThat()
                    .withCauseInstanceOf(QuorumStartException.class)
                    .withMessageContaining("cannot be opened");
        }
    }

    @Test
    void aTornTailOfTheLogIsNoFault() throws Exception {
        try (TestQuorum quorum = new TestQuorum("cluster", dir, 1)) {
            quorum.startAll();
            quorum.awaitLeader();
            for (int i = 0; i < 5; i++) {
                quorum.append("key" + i, "value" + i);
            }
            quorum.kill(1);
            Path segment = segments(quorum, 1).get(0);
            try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
                file.setLength(file.length() - 10);
            }
            quorum.start(1);
            assertThat(quorum.awaitLeader().image().endOffset()).isEqualTo(6);
        }
    }

    private static SnapshotId snapshotNeededFor(FactHistory history, long offset) {
        try {
            history.read(offset, 1);
            throw new AssertionError("offset " + offset + " is there");
        } catch (SnapshotNeededException e) {
            return e.snapshot();
        }
    }

    private static MetadataImage load(MetadataQuorum quorum, SnapshotId id) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        long size;
        do {
            MetadataQuorum.SnapshotChunk chunk = Objects.requireNonNull(quorum.readSnapshot(id, all.size(), 100));
            assertThat(chunk.bytes().remaining()).isBetween(1, 100);
            all.write(
                    chunk.bytes().array(),
                    chunk.bytes().arrayOffset(),
                    chunk.bytes().remaining());
            size = chunk.totalSize();
        } while (all.size() < size);
        assertThatThrownBy(() -> quorum.readSnapshot(id, all.size() + 1L, 100))
                .isInstanceOf(IndexOutOfBoundsException.class);
        return ImageSnapshot.read(new ByteArrayInputStream(all.toByteArray()));
    }

    private static List<Path> segments(TestQuorum quorum, int id) throws IOException {
        Path current = quorum.config(id)
                .directory()
                .resolve("raft")
                .resolve(VoterIdentity.groupUuid(quorum.clusterId).toString())
                .resolve("current");
        try (Stream<Path> files = Files.list(current)) {
            return files.filter(file -> file.getFileName().toString().startsWith("log_"))
                    .sorted()
                    .toList();
        }
    }

    /** From the names: log_FIRST-LAST, and log_inprogress_FIRST for the open one. */
    private static long firstIndexInLog(TestQuorum quorum, int id) {
        try {
            return segments(quorum, id).stream()
                    .map(file -> file.getFileName().toString())
                    .mapToLong(name -> Long.parseLong(name.replaceAll("log_(inprogress_)?(\\d+).*", "$2")))
                    .min()
                    .orElse(0);
        } catch (IOException e) {
            return 0; // a segment went while we looked
        }
    }
}
