/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import static io.klamm.replication.partition.ReplicaFixture.REPLICAS;
import static io.klamm.replication.partition.ReplicaFixture.fetched;
import static io.klamm.replication.partition.ReplicaFixture.stamped;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.replication.model.FixedSettings;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Topics with flush.messages=1 (design D8): what is not on disk does not count. */
class DurableAppendsTest {
    private final ReplicaFixture world = new ReplicaFixture(FixedSettings.durable());

    @BeforeEach
    void slowDisk() {
        world.log.holdFlushes();
    }

    @Test
    void theLeaderContributesItsFlushedEnd() throws Exception {
        world.lead(1, REPLICAS, 1);
        List<AppendOutcome> parked = world.append((short) -1, 10);
        world.followerFetch(2, 1, 1);
        world.followerFetch(3, 1, 1);
        assertThat(world.replica.highWatermark()).isZero();
        assertThat(parked).isEmpty();
        world.log.flush();
        assertThat(world.replica.highWatermark()).isEqualTo(1);
        assertThat(parked).extracting(AppendOutcome::error).containsExactly(Errors.NONE);
    }

    @Test
    void acksOneWaitsForTheDisk() throws Exception {
        world.lead(1, REPLICAS, 1);
        List<AppendOutcome> parked = world.append((short) 1, 10);
        assertThat(parked).isEmpty();
        world.log.flush();
        assertThat(parked).extracting(AppendOutcome::error).containsExactly(Errors.NONE);
    }

    @Test
    void acksOneEndsWithTheLeadership() {
        world.lead(1, REPLICAS, 1);
        List<AppendOutcome> parked = world.append((short) 1, 10);
        world.follow(2, 2);
        assertThat(parked).extracting(AppendOutcome::error).containsExactly(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void aFailedFlushTakesTheReplicaOffline() {
        world.lead(1, REPLICAS, 1);
        List<AppendOutcome> parked = world.append((short) 1, 10);
        world.log.fail();
        assertThat(parked).extracting(AppendOutcome::error).containsExactly(Errors.KAFKA_STORAGE_ERROR);
        assertThat(world.replica.isLeader()).isFalse();
    }

    @Test
    void aFollowerFetchesOnWhenItsAppendIsOnDisk() throws Exception {
        world.follow(2, 1);
        world.take(1, 0, fetched(0, stamped(0, 1, 10)));
        CompletableFuture<Void> durable = world.replica.durable();
        assertThat(durable).isNotDone();
        world.log.flush();
        assertThat(durable).isCompleted();
    }

    @Test
    void aNewLeaderWithUnflushedRecordsFlushesThem() throws Exception {
        world.follow(2, 1);
        world.take(1, 0, fetched(0, stamped(0, 1, 10)));
        world.lead(2, REPLICAS, 2);
        world.replica.fetch(world.followerSpec(2, 2, 1, 1));
        world.replica.fetch(world.followerSpec(3, 2, 1, 1));
        assertThat(world.replica.highWatermark()).isZero();
        world.log.flush();
        assertThat(world.replica.highWatermark()).isEqualTo(1);
    }
}
