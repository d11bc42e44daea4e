/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import static io.klamm.replication.partition.ReplicaFixture.ID;
import static io.klamm.replication.partition.ReplicaFixture.REPLICAS;
import static io.klamm.replication.partition.ReplicaFixture.fetched;
import static io.klamm.replication.partition.ReplicaFixture.stamped;
import static io.klamm.replication.partition.ReplicaFixture.values;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.replication.model.Images;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Consumers read from a follower (KIP-392). */
class FollowerReadsTest {
    private static final int EPOCH = 4;

    private final ReplicaFixture world = new ReplicaFixture();

    /** Node 1 follows node 2 and has three records, two of them known to be committed; the leader has committed six. */
    private void follow() {
        inSync(REPLICAS, 1);
        world.follow(2, EPOCH);
        world.take(EPOCH, 0, fetched(2, stamped(0, EPOCH, 10, 11)));
        world.take(EPOCH, 2, fetched(2, stamped(2, EPOCH, 12)));
    }

    private void inSync(List<Integer> isr, int partitionEpoch) {
        var state = Images.state(REPLICAS, isr, 2, EPOCH, partitionEpoch);
        world.image = world.image.partition(ID) == null
                ? Images.created(world.image, ID, "t", state)
                : Images.changed(world.image, ID, state);
    }

    private static FetchSpec spec(int epoch, long offset, boolean anyReplica) {
        return new FetchSpec(-1, -1, epoch, offset, -1, -1, 1 << 20, true, false, anyReplica);
    }

    private FetchOutcome read(long offset) {
        return world.replica.fetch(spec(EPOCH, offset, true));
    }

    @Test
    void readsBelowTheHighWatermarkOnly() {
        follow();
        FetchOutcome outcome = read(0);
        assertThat(outcome.error()).isEqualTo(Errors.NONE);
        assertThat(outcome.highWatermark()).isEqualTo(2);
        assertThat(values(outcome)).containsExactly(10L, 11L);
        assertThat(values(read(1))).containsExactly(10L, 11L); // the batch that holds it
        assertThat(read(2).error()).as("the end of what is committed").isEqualTo(Errors.NONE);
        assertThat(values(read(2))).isEmpty();
    }

    @Test
    void whatMayBeCommittedIsNotAvailableYet() {
        follow();
        assertThat(read(3).error()).as("here, but not known to be committed").isEqualTo(Errors.OFFSET_NOT_AVAILABLE);
        assertThat(read(3).highWatermark()).isEqualTo(2);
        assertThat(read(4).error()).as("neither here nor committed").isEqualTo(Errors.OFFSET_OUT_OF_RANGE);

        world.take(EPOCH, 3, fetched(6, stamped(3, EPOCH, 13)));
        assertThat(world.replica.highWatermark()).isEqualTo(4);
        assertThat(read(6).error()).as("committed, but not here").isEqualTo(Errors.OFFSET_NOT_AVAILABLE);
        assertThat(read(7).error()).isEqualTo(Errors.OFFSET_OUT_OF_RANGE);
        assertThat(world.replica.fetch(spec(EPOCH, -1, true)).error()).isEqualTo(Errors.OFFSET_OUT_OF_RANGE);
    }

    @Test
    void whoMustReadFromTheLeaderIsSentThere() {
        follow();
        assertThat(world.replica.fetch(spec(EPOCH, 0, false)).error()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(world.replica.fetch(world.followerSpec(3, EPOCH, 0, -1)).error())
                .isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void epochsAreCheckedAsByALeader() {
        follow();
        assertThat(world.replica.fetch(spec(EPOCH - 1, 0, true)).error()).isEqualTo(Errors.FENCED_LEADER_EPOCH);
        assertThat(world.replica.fetch(spec(EPOCH + 1, 0, true)).error()).isEqualTo(Errors.UNKNOWN_LEADER_EPOCH);
    }

    @Test
    void aFollowerOutOfSyncSendsItsConsumersBackToTheLeader() {
        follow();
        inSync(List.of(2, 3), 2);
        assertThat(read(0).error()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(read(0).leaderId()).isEqualTo(2);
    }

    @Test
    void aConsumerWaitsForTheHighWatermarkOfTheFollower() {
        follow();
        List<String> woken = new ArrayList<>();
        world.await(spec(EPOCH, 2, true), () -> woken.add("at the end"));
        world.await(spec(EPOCH, 3, true), () -> woken.add("ahead"));
        assertThat(woken).isEmpty();

        world.take(EPOCH, 3, fetched(3, ByteBuffer.allocate(0)));
        assertThat(woken).containsExactly("at the end");
        world.take(EPOCH, 3, fetched(4, stamped(3, EPOCH, 13)));
        assertThat(woken).containsExactly("at the end", "ahead");
    }

    @Test
    void aChangeOfRoleWakesWhoWaitsAtAFollower() {
        follow();
        List<String> woken = new ArrayList<>();
        world.await(spec(EPOCH, 2, true), () -> woken.add("consumer"));
        world.follow(3, EPOCH + 1);
        assertThat(woken).containsExactly("consumer");
        world.await(spec(EPOCH, 2, true), () -> woken.add("of the old epoch"));
        assertThat(woken).containsExactly("consumer", "of the old epoch");
    }

    @Test
    void whoWaitsAtAFollowerThatLeavesTheIsrIsWoken() {
        follow();
        List<String> woken = new ArrayList<>();
        world.await(spec(EPOCH, 2, true), () -> woken.add("consumer"));
        inSync(REPLICAS, 2);
        world.assume(Images.state(REPLICAS, REPLICAS, 2, EPOCH, 2));
        assertThat(woken).as("an image without news for it").isEmpty();
        inSync(List.of(2, 3), 3);
        world.assume(Images.state(REPLICAS, List.of(2, 3), 2, EPOCH, 3));
        assertThat(woken).containsExactly("consumer");
        assertThat(read(2).error()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void aLeaderKnowsWhoInSyncHasAnOffset() {
        world.lead(1, List.of(1, 2), 1);
        world.append((short) 1, 10);
        world.append((short) 1, 11);
        assertThat(world.replica.inSyncWith(0)).as("nobody has fetched").isEmpty();
        world.followerFetch(2, 1, 1);
        world.followerFetch(3, 1, 1);
        assertThat(world.replica.inSyncWith(1)).containsExactly(2);
        assertThat(world.replica.inSyncWith(2)).isEmpty();
        world.follow(2, 2);
        assertThat(world.replica.inSyncWith(0)).isEmpty();
    }
}
