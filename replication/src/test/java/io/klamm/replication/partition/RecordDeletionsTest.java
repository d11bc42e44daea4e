/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import static io.klamm.replication.partition.ReplicaFixture.REPLICAS;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.image.MetadataImage;
import io.klamm.replication.model.Images;
import io.klamm.replication.partition.PartitionReplica.DeleteOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** DeleteRecords (KIP-107): what a leader deletes, and when it says so. */
class RecordDeletionsTest {
    private static final short ALL = -1;

    private final ReplicaFixture world = new ReplicaFixture();
    private final List<DeleteOutcome> outcomes = new ArrayList<>();

    private void committed(int records) {
        world.lead(1, REPLICAS, 1);
        for (int i = 0; i < records; i++) {
            List<AppendOutcome> unused = world.append(ALL, i);
        }
        fetch(2, records, 0);
        fetch(3, records, 0);
        assertThat(world.replica.highWatermark()).isEqualTo(records);
    }

    private void fetch(int node, long offset, long logStart) {
        FetchSpec spec = world.followerSpec(node, 1, offset, -1);
        FetchOutcome unused = world.replica.fetch(
                new FetchSpec(node, spec.replicaEpoch(), 1, offset, -1, logStart, spec.maxBytes(), true, false));
    }

    private void delete(long beforeOffset) {
        world.replica.deleteRecords(beforeOffset, world.time.getAsLong() + TimeUnit.SECONDS.toNanos(5), outcomes::add);
    }

    @Test
    void answersWhenEveryLiveReplicaHasDeleted() {
        committed(10);
        delete(4);
        assertThat(world.log.logStartOffset()).isEqualTo(4);
        fetch(2, 10, 4);
        assertThat(outcomes).isEmpty();
        fetch(3, 10, 6);
        assertThat(outcomes).containsExactly(new DeleteOutcome(Errors.NONE, 4));
    }

    @Test
    void deletesAllThatIsCommitted() {
        committed(3);
        List<AppendOutcome> unused = world.append(ALL, 99);
        delete(PartitionReplica.HIGH_WATERMARK);
        fetch(2, 4, 3);
        fetch(3, 3, 3);
        assertThat(outcomes).containsExactly(new DeleteOutcome(Errors.NONE, 3));
    }

    @Test
    void nothingAboveTheHighWatermarkIsDeleted() {
        committed(3);
        List<AppendOutcome> unused = world.append(ALL, 99);
        delete(4);
        delete(-2);
        assertThat(outcomes)
                .extracting(DeleteOutcome::error)
                .containsOnly(Errors.OFFSET_OUT_OF_RANGE)
                .hasSize(2);
        assertThat(world.log.logStartOffset()).isZero();
    }

    @Test
    void aDeadBrokerIsNotWaitedFor() {
        committed(5);
        delete(5);
        fetch(2, 5, 5);
        assertThat(outcomes).isEmpty();
        MetadataImage fenced = Images.fenced(world.image, 3);
        world.image = fenced;
        world.reconsider(2);
        assertThat(outcomes).containsExactly(new DeleteOutcome(Errors.NONE, 5));
    }

    @Test
    void aDeadlineAndLostLeadershipEndTheWait() {
        committed(5);
        delete(2);
        world.time.advanceMs(5_001);
        assertThat(outcomes).containsExactly(new DeleteOutcome(Errors.REQUEST_TIMED_OUT, -1));
        delete(3);
        world.follow(2, 2);
        assertThat(outcomes).last().isEqualTo(new DeleteOutcome(Errors.NOT_LEADER_OR_FOLLOWER, -1));
        delete(4);
        assertThat(outcomes).last().isEqualTo(new DeleteOutcome(Errors.NOT_LEADER_OR_FOLLOWER, -1));
        assertThat(world.log.logStartOffset()).isEqualTo(3);
    }
}
