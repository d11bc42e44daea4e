/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.ConsumerProtocolAssignment;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A static member of a classic group ends and is back as another process, which owns nothing, at different moments of the others. */
class StaticMemberReturnTest {
    private static final String GROUP = "group";
    private static final String TOPIC = "topic";

    private VirtualShard shard = new VirtualShard();
    private JoinGroupResponseData stays = new JoinGroupResponseData();

    @BeforeEach
    void createTopic() {
        shard.topics.put(TOPIC, 2);
    }

    private CompletableFuture<JoinGroupResponseData> join(String instanceId, String topic, List<Integer> owned) {
        ConsumerProtocolSubscription said = new ConsumerProtocolSubscription().setTopics(List.of(topic));
        if (!owned.isEmpty()) {
            said.ownedPartitions()
                    .add(new ConsumerProtocolSubscription.TopicPartition()
                            .setTopic(topic)
                            .setPartitions(owned));
        }
        JoinGroupRequestData request = VirtualShard.joining(GROUP, "").setGroupInstanceId(instanceId);
        request.protocols()
                .add(new JoinGroupRequestProtocol()
                        .setName("cooperative-sticky")
                        .setMetadata(array(MessageUtil.toVersionPrefixedByteBuffer((short) 3, said))));
        return shard.join(request);
    }

    private static byte[] array(ByteBuffer bytes) {
        byte[] array = new byte[bytes.remaining()];
        bytes.get(array);
        return array;
    }

    private static SyncGroupRequestAssignment part(JoinGroupResponseData member, List<Integer> partitions) {
        ConsumerProtocolAssignment part = new ConsumerProtocolAssignment();
        part.assignedPartitions()
                .add(new ConsumerProtocolAssignment.TopicPartition()
                        .setTopic(TOPIC)
                        .setPartitions(partitions));
        return new SyncGroupRequestAssignment()
                .setMemberId(member.memberId())
                .setAssignment(array(MessageUtil.toVersionPrefixedByteBuffer((short) 3, part)));
    }

    /** Two static members in a stable generation; the one that "goes" has partition 0. */
    private void stable(List<Integer> ownedBefore) {
        CompletableFuture<JoinGroupResponseData> first = join("stays", TOPIC, List.of());
        CompletableFuture<JoinGroupResponseData> second = join("goes", TOPIC, ownedBefore);
        shard.advance(2_000);
        stays = first.join();
        JoinGroupResponseData goes = second.join();
        CompletableFuture<SyncGroupResponseData> follower = shard.sync(GROUP, goes, List.of());
        List<SyncGroupRequestAssignment> parts = List.of(part(stays, List.of()), part(goes, List.of(0)));
        CompletableFuture<SyncGroupResponseData> leader = shard.sync(GROUP, stays, parts);
        assertThat(List.of(leader, follower)).allMatch(CompletableFuture::isDone);
        assertThat(shard.classic(GROUP).is(ClassicGroup.State.STABLE)).isTrue();
    }

    private Errors whatTheOtherHears() {
        return shard.heartbeat(GROUP, stays.memberId(), stays.generationId());
    }

    @Test
    void whoOwnsWhatItSaidIsBackWithoutARebalance() {
        stable(List.of(0));

        assertThat(join("goes", TOPIC, List.of()).join().generationId()).isEqualTo(stays.generationId());
        assertThat(whatTheOtherHears()).isEqualTo(Errors.NONE);
    }

    /** The one that was there would have given partition 1 up and joined again; nobody else has got it before (KIP-429). */
    @Test
    void whoWasToJoinAgainIsBackWithARebalance() {
        stable(List.of(0, 1));

        assertThat(join("goes", TOPIC, List.of())).isNotDone();
        assertThat(whatTheOtherHears()).isEqualTo(Errors.REBALANCE_IN_PROGRESS);
    }

    @Test
    void theNextCoordinatorKnowsThatItWasToJoinAgain() {
        stable(List.of(0, 1));
        assertThat(join("goes", TOPIC, List.of())).isNotDone();
        shard = shard.successor();
        assertThat(whatTheOtherHears()).isEqualTo(Errors.NONE);

        assertThat(join("goes", TOPIC, List.of())).isNotDone();
        assertThat(whatTheOtherHears()).isEqualTo(Errors.REBALANCE_IN_PROGRESS);
    }

    @Test
    void theNextCoordinatorDoesNotTakeAnotherTopicForTheSame() {
        stable(List.of(0));
        assertThat(join("goes", "other", List.of())).isNotDone();
        shard = shard.successor();

        assertThat(join("goes", "other", List.of())).isNotDone();
        assertThat(whatTheOtherHears()).isEqualTo(Errors.REBALANCE_IN_PROGRESS);
    }
}
