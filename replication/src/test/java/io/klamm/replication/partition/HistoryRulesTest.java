/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import static io.klamm.replication.partition.ReplicaFixture.REPLICAS;
import static io.klamm.replication.partition.ReplicaFixture.fetched;
import static io.klamm.replication.partition.ReplicaFixture.stamped;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.replication.model.Batches;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Rule D5.1: whose history a follower appends; {@link EpochLineage} says why. */
class HistoryRulesTest {
    private static final short LEADER = 1;

    private final ReplicaFixture world = new ReplicaFixture();

    /** The leader's file held another history when the socket took the range (KAFKA-18723). */
    @Test
    void D5_1_recordsOfANewerEpochThanTheOneThatIsFollowedAreLeftOut() {
        world.follow(2, 5);
        world.take(5, 0, fetched(0, stamped(0, 5, 10)));

        assertThat(world.take(5, 1, fetched(0, stamped(1, 6, 11)))).isEqualTo(FollowerStep.FOREIGN);
        assertThat(world.take(5, 1, fetched(0, Batches.join(stamped(1, 5, 11), stamped(2, 6, 12)))))
                .isEqualTo(FollowerStep.APPENDED);
        assertThat(world.take(5, 2, fetched(0, stamped(2, 6, 12)))).isEqualTo(FollowerStep.FOREIGN);
        assertThat(world.log.describe(0, 9)).containsExactly("0:5:10", "1:5:11");

        world.follow(3, 6);
        assertThat(world.take(6, 2, fetched(0, stamped(2, 6, 12)))).isEqualTo(FollowerStep.APPENDED);
    }

    @Test
    void D5_1_recordsOfAnOlderEpochThanTheLastAreLeftOut() {
        world.follow(2, 5);
        world.take(5, 0, fetched(0, stamped(0, 5, 10)));
        assertThat(world.take(5, 1, fetched(0, stamped(1, 4, 11)))).isEqualTo(FollowerStep.FOREIGN);
        assertThat(world.take(5, 1, fetched(0, stamped(1, 4, 11)))).isEqualTo(FollowerStep.FOREIGN);
        assertThat(world.log.describe(0, 9)).containsExactly("0:5:10");
    }

    /**
     * Epochs between the last one and the one that is followed may be those of a third history: 0:3 is followed by 1:6 at the leader of
     * epoch 6, while another node holds 0:5 and 1:5, and leads epoch 7.
     */
    @Test
    void D5_1_recordsOfEpochsBetweenAreTakenOnceTheNextAnswerProvesThatTheLeaderWasInOffice() {
        world.follow(2, 3);
        world.take(3, 0, fetched(0, stamped(0, 3, 10)));
        world.follow(2, 6);
        ByteBuffer between = Batches.join(stamped(1, 4, 11), stamped(2, 4, 12), stamped(3, 5, 13), stamped(4, 6, 14));

        assertThat(world.take(6, 1, fetched(0, between))).isEqualTo(FollowerStep.UNCONFIRMED);
        assertThat(world.log.logEndOffset()).isEqualTo(1);
        assertThat(world.take(6, 1, fetched(0, stamped(1, 5, 99))))
                .as("not what was told before")
                .isEqualTo(FollowerStep.UNCONFIRMED);
        assertThat(world.take(6, 1, fetched(0, between))).isEqualTo(FollowerStep.UNCONFIRMED);
        assertThat(world.take(6, 1, fetched(0, between))).isEqualTo(FollowerStep.APPENDED);
        assertThat(world.log.describe(0, 9)).containsExactly("0:3:10", "1:4:11", "2:4:12", "3:5:13", "4:6:14");
    }

    @Test
    void D5_1_whatOneLeaderHasToldProvesNothingOfTheNext() {
        world.follow(2, 3);
        world.take(3, 0, fetched(0, stamped(0, 3, 10)));
        world.follow(2, 6);
        assertThat(world.take(6, 1, fetched(0, stamped(1, 5, 11)))).isEqualTo(FollowerStep.UNCONFIRMED);
        world.follow(3, 7);
        assertThat(world.take(7, 1, fetched(0, stamped(1, 5, 11)))).isEqualTo(FollowerStep.UNCONFIRMED);
        assertThat(world.log.logEndOffset()).isEqualTo(1);
    }

    /** The position was checked under the lock; the read that follows is not. */
    @Test
    void D5_1_whatIsReadAfterTheLeadershipHasEndedIsNotSent() {
        world.lead(5, REPLICAS, 1);
        world.append(LEADER, 10);
        world.log.beforeRead(() -> world.follow(3, 6));
        FetchOutcome outcome = world.followerFetch(2, 5, 0);
        assertThat(outcome.error()).isEqualTo(Errors.FENCED_LEADER_EPOCH);
        assertThat(outcome.records()).isNull();
        assertThat(outcome.highWatermark()).isEqualTo(-1);
    }
}
