/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.MetadataDelta;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.model.Batches;
import io.klamm.replication.model.FixedSettings;
import io.klamm.replication.model.Images;
import io.klamm.replication.model.VirtualTime;
import io.klamm.storage.io.LogFiles;
import io.klamm.storage.log.LogStore;
import io.klamm.storage.log.LogStoreConfig;
import io.klamm.storage.log.PartitionLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32C;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Moves of a leader's log between real dirs; the controller is the test. */
class ReplicaMovesTest {
    private static final PartitionId ID = new PartitionId(new Uuid(1, 1), 0);

    private static final int LENGTH = 8;
    private static final int LENGTH_OVERHEAD = 12;
    private static final int CRC = 17;
    private static final int ATTRIBUTES = 21;
    private static final int PRODUCER_ID = 43;
    private static final int PRODUCER_EPOCH = 51;
    private static final int BASE_SEQUENCE = 53;
    private static final int HEADER = 61;
    private static final int RECORD = 15;

    @TempDir
    Path temp;

    private final VirtualTime time = new VirtualTime();
    private final List<Uuid> told = new ArrayList<>();
    private final List<IsrChangeSender.Proposal> proposals = new ArrayList<>();
    private final List<String> followed = new ArrayList<>();
    private MetadataImage image = MetadataImage.EMPTY;
    private LogStore store;
    private LocalReplicas replicas;
    private ReplicaMoves moves;
    private Uuid from;
    private Uuid to;

    @BeforeEach
    void open() {
        FixedSettings settings = new FixedSettings();
        settings.minInsyncReplicas = 1;
        store = LogStore.open(
                new LogStoreConfig(
                        1, "cluster", List.of(temp.resolve("from"), temp.resolve("to")), 1, 86_400_000, 1000, 0),
                LogFiles.SYSTEM,
                Clock.systemUTC(),
                (path, error) -> {});
        from = store.directoryIds().get(0);
        to = store.directoryIds().get(1);
        ReplicaContext context = new ReplicaContext(
                1,
                time,
                time,
                proposal -> {
                    proposals.add(proposal);
                    return new CompletableFuture<>();
                },
                (id, directory) -> told.add(directory),
                settings,
                () -> image);
        replicas = new LocalReplicas(
                context,
                new Uuid(7, 1),
                ReplicaLogs.of(store),
                Runnable::run,
                new FollowerAssignments() {
                    @Override
                    public void assign(List<Assignment> changes) {
                        changes.forEach(change -> followed.add("<-" + change.leaderId()));
                    }

                    @Override
                    public void close() {}
                },
                new HighWatermarks() {
                    @Override
                    public Map<PartitionId, Long> load() {
                        return Map.of();
                    }

                    @Override
                    public void save(Map<PartitionId, Long> offsets) {}
                },
                other -> {});
        moves = new ReplicaMoves(replicas, store, context, Runnable::run);
        MetadataImage next = Images.withBrokers(MetadataImage.EMPTY, 1, 2);
        PartitionState state = Images.state(List.of(1, 2), List.of(1), 1, 3, 1).withDirectory(1, from);
        publish(Images.created(next, ID, "t", state));
        assertThat(append(1, 2, 3)).isEqualTo(Errors.NONE);
    }

    @AfterEach
    void close() {
        moves.close();
        replicas.close();
        store.close();
    }

    private void publish(MetadataImage next) {
        MetadataImage before = image;
        image = next;
        replicas.onMetadata(MetadataDelta.between(before, next));
    }

    private void controllerKnows(Uuid directory) {
        PartitionState state = Objects.requireNonNull(image.partition(ID));
        publish(Images.changed(image, ID, state.withDirectory(1, directory).confirmed()));
    }

    private LocalReplica replica() {
        return Objects.requireNonNull(replicas.replica(ID));
    }

    private PartitionLog log() {
        return Objects.requireNonNull(replica().log());
    }

    private Errors append(long... values) {
        List<Errors> outcome = new ArrayList<>();
        replica().append(batch(values), (short) 1, 0, done -> outcome.add(done.error()));
        return outcome.get(0);
    }

    /** As a producer without an id makes it: real logs look at the records. */
    private static ByteBuffer batch(long... values) {
        ByteBuffer batch = ByteBuffer.allocate(HEADER + values.length * RECORD);
        batch.put(0, Batches.of(values), 0, HEADER);
        batch.putInt(LENGTH, batch.capacity() - LENGTH_OVERHEAD);
        batch.putLong(PRODUCER_ID, -1).putShort(PRODUCER_EPOCH, (short) -1).putInt(BASE_SEQUENCE, -1);
        batch.position(HEADER);
        for (int i = 0; i < values.length; i++) {
            // length, attributes, timestamp and offset deltas, no key, value, no headers; numbers are zigzag varints
            batch.put(new byte[] {2 * (RECORD - 1), 0, 0, (byte) (2 * i), 1, 2 * Long.BYTES})
                    .putLong(values[i])
                    .put((byte) 0);
        }
        CRC32C crc = new CRC32C();
        crc.update(batch.slice(ATTRIBUTES, batch.capacity() - ATTRIBUTES));
        return batch.putInt(CRC, (int) crc.getValue()).flip();
    }

    private void aWhile() {
        time.advanceMs(100);
    }

    @Test
    void theReplicaMovesWhenTheControllerKnowsAndGoesOnInItsRole() {
        assertThat(moves.begin(ID, to)).isEqualTo(Errors.NONE);
        aWhile();
        assertThat(told).containsExactly(to);
        assertThat(log().directoryId()).as("the controller does not know yet").isEqualTo(from);
        assertThat(append(4)).isEqualTo(Errors.NONE);
        controllerKnows(to);
        aWhile();
        assertThat(log().directoryId()).isEqualTo(to);
        assertThat(log().logEndOffset()).isEqualTo(4);
        assertThat(replica().isLeader()).isTrue();
        assertThat(replica().leaderEpoch()).isEqualTo(3);
        assertThat(replica().highWatermark()).isEqualTo(4);
        assertThat(append(5)).isEqualTo(Errors.NONE);
        assertThat(moves.moving(ID)).isNull();
        assertThat(told).as("nothing else to tell").containsExactly(to);
        assertThat(moves.begin(ID, to)).as("it is there").isEqualTo(Errors.NONE);
        assertThat(moves.moving(ID)).isNull();
    }

    @Test
    void itWaitsWhileAnIsrProposalIsOnItsWay() {
        moves.begin(ID, to);
        aWhile();
        replica().fetch(new FetchSpec(2, Images.epoch(image, 2), 3, 3, 3, 0, 1 << 20, true, false));
        assertThat(proposals).as("node 2 may be in the ISR").hasSize(1);
        // The controller commits the dir first; the leader learns of it, and proposes again.
        controllerKnows(to);
        replica().fetch(new FetchSpec(2, Images.epoch(image, 2), 3, 3, 3, 0, 1 << 20, true, false));
        assertThat(proposals).hasSize(2);
        aWhile();
        assertThat(log().directoryId()).isEqualTo(from);
        assertThat(replica().isLeader()).isTrue();
        PartitionState joined =
                Images.state(List.of(1, 2), List.of(1, 2), 1, 3, 3).withDirectory(1, to);
        publish(Images.changed(image, ID, joined));
        aWhile();
        assertThat(log().directoryId()).isEqualTo(to);
    }

    @Test
    void backToWhereItIsEndsTheMoveAndTakesTheWordBack() {
        moves.begin(ID, to);
        aWhile();
        assertThat(moves.begin(ID, from)).isEqualTo(Errors.NONE);
        assertThat(moves.moving(ID)).isNull();
        aWhile();
        assertThat(told).containsExactly(to, from);
        assertThat(append(4)).isEqualTo(Errors.NONE);
        assertThat(temp.resolve("to")).isDirectoryNotContaining("glob:**t-0*");
    }

    @Test
    void aReplicaThatIsTakenAwayIsNotMoved() {
        moves.begin(ID, to);
        publish(Images.deleted(image, ID.topicId()));
        aWhile();
        assertThat(moves.moving(ID)).isNull();
        assertThat(moves.begin(ID, to)).isEqualTo(Errors.REPLICA_NOT_AVAILABLE);
    }

    @Test
    void theDirItComesFromFails() {
        moves.begin(ID, to);
        replicas.directoryFailed(from, new IOException("Input/output error"));
        aWhile();
        assertThat(moves.moving(ID)).isNull();
        assertThat(moves.begin(ID, to)).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(followed).doesNotContain("<-2");
    }
}
