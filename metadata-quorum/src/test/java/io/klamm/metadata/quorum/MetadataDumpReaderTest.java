/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import static io.klamm.metadata.quorum.TestQuorum.batch;
import static io.klamm.metadata.quorum.TestQuorum.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.metadata.fact.ClusterCreated;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.image.MetadataImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class MetadataDumpReaderTest {
    @TempDir
    Path dir;

    /** Collects what is read and rebuilds the image from it. */
    private static final class Collected implements MetadataDumpReader.Sink {
        MetadataImage image = MetadataImage.EMPTY;
        final List<FactBatch> applied = new ArrayList<>();
        final List<FactBatch> dropped = new ArrayList<>();
        final List<String> others = new ArrayList<>();
        int snapshots;
        long lastIndex = -1;

        @Override
        public void snapshot(SnapshotId id, long raftTerm, long raftIndex, MetadataImage loaded) {
            assertThat(loaded.endOffset()).isEqualTo(id.endOffset());
            image = loaded;
            snapshots++;
            lastIndex = raftIndex;
        }

        @Override
        public void batch(long raftTerm, long raftIndex, FactBatch batch, boolean isApplied) {
            follow(raftIndex);
            if (isApplied) {
                image = image.apply(batch);
                applied.add(batch);
                assertThat(raftTerm).isEqualTo(batch.term());
            } else {
                dropped.add(batch);
            }
        }

        @Override
        public void other(long raftTerm, long raftIndex, String what) {
            follow(raftIndex);
            others.add(what);
        }

        private void follow(long raftIndex) {
            assertThat(raftIndex).isEqualTo(lastIndex + 1);
            lastIndex = raftIndex;
        }
    }

    private static Collected dump(Path directory) throws IOException {
        Collected collected = new Collected();
        MetadataDumpReader.read(directory, collected);
        return collected;
    }

    @Test
    void readsARunningAndAStoppedVoterFromTheFirstFact() throws Exception {
        try (TestQuorum quorum = new TestQuorum("cluster", dir, 1)) {
            quorum.startAll();
            TestQuorum.Node node = quorum.awaitLeader();
            quorum.append("a", "1");
            node.log().barrier().get(10, TimeUnit.SECONDS);
            node.log().append(batch(node.readyTerm, 1, "late", "x")).get(10, TimeUnit.SECONDS);
            quorum.append("b", "2");

            Collected live = dump(quorum.config(1).directory());
            assertThat(live.applied.get(0).facts().get(0)).isInstanceOf(ClusterCreated.class);
            assertThat(live.image).isEqualTo(node.image());
            assertThat(live.dropped).hasSize(1);
            assertThat(live.others).hasSize(2);
            assertThat(live.others.get(0)).startsWith("configuration [1-0@127.0.0.1:");
            assertThat(live.others.get(1)).isEqualTo("barrier");

            quorum.kill(1);
            Collected stopped = dump(dir);
            assertThat(stopped.applied).isEqualTo(live.applied);
        }
    }

    @Test
    void startsAtTheSnapshotThatThePurgedLogFollows() throws Exception {
        try (TestQuorum quorum = new TestQuorum("cluster", dir, 1)) {
            quorum.override("raft.server.snapshot.auto.trigger.threshold", "10")
                    .override("raft.server.log.segment.size.max", "4KB")
                    .override("raft.server.log.preallocated.size", "1KB");
            quorum.startAll();
            TestQuorum.Node node = quorum.awaitLeader();
            for (int i = 0; i < 60; i++) {
                quorum.append("key" + i, "x".repeat(500));
                dump(dir); // whatever is being purged or renamed meanwhile
            }
            Collected live = dump(dir);
            assertThat(live.snapshots).isPositive();
            assertThat(live.image).isEqualTo(node.image());
            assertThat(value(live.image, "key0")).hasSize(500);
        }
    }

    @Test
    void saysWhenThereIsNothingToRead() {
        assertThatThrownBy(() -> dump(dir)).isInstanceOf(IOException.class).hasMessageContaining("no metadata log");
    }
}
