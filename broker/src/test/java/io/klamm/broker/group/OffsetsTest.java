/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import static io.klamm.broker.group.VirtualShard.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class OffsetsTest {
    private static final String GROUP = "group";

    private VirtualShard shard = new VirtualShard();

    private JoinGroupResponseData stableMember() {
        var join = shard.joinNew(GROUP, "range");
        shard.advance(1_000);
        shard.sync(GROUP, join.join(), List.of(VirtualShard.part(join.join().memberId(), 1)))
                .join();
        return join.join();
    }

    @Test
    void whoStandsAloneCommitsAndReadsWhatItCommitted() {
        assertThat(shard.committed(GROUP, "topic", 0)).isEqualTo(-1);
        assertThat(shard.commit(GROUP, "", -1, "topic", 0, 42)).isEqualTo(Errors.NONE);
        assertThat(shard.committed(GROUP, "topic", 0)).isEqualTo(42);
        assertThat(shard.successor().committed(GROUP, "topic", 0)).isEqualTo(42);
        assertThat(shard.commit(GROUP, "", 3, "topic", 0, 50)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(shard.commit("new", "", 3, "topic", 0, 50)).isEqualTo(Errors.ILLEGAL_GENERATION);
    }

    @Test
    void aMemberCommitsInItsGenerationOnly() {
        JoinGroupResponseData member = stableMember();

        assertThat(shard.commit(GROUP, member.memberId(), 1, "topic", 0, 7)).isEqualTo(Errors.NONE);
        assertThat(shard.commit(GROUP, member.memberId(), 0, "topic", 0, 8)).isEqualTo(Errors.ILLEGAL_GENERATION);
        assertThat(shard.commit(GROUP, "other", 1, "topic", 0, 8)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(shard.commit(GROUP, "", -1, "topic", 0, 8)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(shard.joinNew(GROUP, "range")).isNotDone();
        assertThat(shard.commit(GROUP, member.memberId(), 1, "topic", 0, 9)).isEqualTo(Errors.NONE);
        var again = shard.join(joining(GROUP, member.memberId(), "range")).join();
        assertThat(again.generationId()).isEqualTo(2);
        assertThat(shard.commit(GROUP, member.memberId(), 2, "topic", 0, 10)).isEqualTo(Errors.REBALANCE_IN_PROGRESS);
        assertThat(shard.committed(GROUP, "topic", 0)).isEqualTo(9);
    }

    @Test
    void whatCannotBeWrittenIsNotCommitted() {
        shard.appendError = Errors.COORDINATOR_NOT_AVAILABLE;
        assertThat(shard.commit(GROUP, "", -1, "topic", 0, 42)).isEqualTo(Errors.COORDINATOR_NOT_AVAILABLE);
        assertThat(shard.committed(GROUP, "topic", 0)).isEqualTo(-1);
        assertThat(shard.commit(GROUP, "", -1, "topic", 0, 42, "x".repeat(17)))
                .isEqualTo(Errors.OFFSET_METADATA_TOO_LARGE);
    }

    @Test
    void offsetsExpireAfterTheLastMemberHasLeft() {
        JoinGroupResponseData member = stableMember();
        shard.commit(GROUP, member.memberId(), 1, "topic", 0, 7);
        for (int i = 0; i < 1_000; i++) {
            shard.heartbeat(GROUP, member.memberId(), 1);
            shard.advance(5_000);
        }
        shard.offsets.expire();
        assertThat(shard.committed(GROUP, "topic", 0)).isEqualTo(7);

        shard.advance(10_000); // the member is out
        shard.advance(VirtualShard.CONFIG.offsetsRetentionMs() - 10_001);
        shard.offsets.expire();
        assertThat(shard.committed(GROUP, "topic", 0)).isEqualTo(7);
        shard.advance(10_001);
        shard.offsets.expire();
        assertThat(shard.committed(GROUP, "topic", 0)).isEqualTo(-1);
        assertThat(shard.groups.all()).isEmpty();
        assertThat(shard.successor().groups.all()).isEmpty();
    }

    @Test
    void aDeletedGroupAndADeletedTopicLeaveNothing() {
        JoinGroupResponseData member = stableMember();
        shard.commit(GROUP, member.memberId(), 1, "topic", 0, 7);
        assertThat(shard.offsets.deleteGroup(GROUP)).isEqualTo(Errors.NON_EMPTY_GROUP);
        assertThat(shard.offsets.deleteGroup("none")).isEqualTo(Errors.GROUP_ID_NOT_FOUND);

        shard.offsets.forgetTopics(Map.of("topic", new Uuid(1, 1)));
        assertThat(shard.committed(GROUP, "topic", 0)).isEqualTo(-1);
        assertThat(shard.successor().committed(GROUP, "topic", 0)).isEqualTo(-1);

        shard.advance(10_000);
        assertThat(shard.offsets.deleteGroup(GROUP)).isEqualTo(Errors.NONE);
        assertThat(shard.successor().groups.all()).isEmpty();
    }

    @Test
    void offsetsOfTopicsThatWentAwayUnnoticedAreForgotten() {
        shard.commit(GROUP, "", -1, "gone", 0, 1);
        shard.commit(GROUP, "", -1, "there", 0, 2);
        shard = shard.successor();
        shard.offsets.forgetMissing(name -> "there".equals(name) ? new Uuid(1, 1) : null);

        assertThat(shard.committed(GROUP, "gone", 0)).isEqualTo(-1);
        assertThat(shard.successor().committed(GROUP, "gone", 0)).isEqualTo(-1);
        assertThat(shard.committed(GROUP, "there", 0)).isEqualTo(2);
    }

    @Test
    void offsetsOfATopicWhoseNameAnotherHasGotUnnoticedAreForgotten() {
        Uuid old = new Uuid(1, 1);
        shard.commit(GROUP, "topic", old, 1);
        shard.commit(GROUP, "same", old, 2);
        shard = shard.successor();
        shard.offsets.forgetMissing(name -> "same".equals(name) ? old : new Uuid(2, 2));

        assertThat(shard.committed(GROUP, "topic", 0)).isEqualTo(-1);
        assertThat(shard.successor().committed(GROUP, "topic", 0)).isEqualTo(-1);
        assertThat(shard.committed(GROUP, "same", 0)).isEqualTo(2);
    }
}
