/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.broker.api.ControllerGateway;
import io.klamm.broker.net.RequestContext;
import io.klamm.metadata.fact.PartitionCreated;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.fact.TopicCreated;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.IsrChangeSender.Member;
import io.klamm.replication.partition.IsrChangeSender.Proposal;
import io.klamm.replication.partition.IsrChangeSender.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

@SuppressWarnings("FutureReturnValueIgnored") // what does not matter to a test
class AlterPartitionSenderTest {
    private static final Uuid TOPIC = Uuid.randomUuid();
    private static final PartitionState STATE = new PartitionState(
            List.of(1, 2, 3),
            List.of(Uuid.ZERO_UUID, Uuid.ZERO_UUID, Uuid.ZERO_UUID),
            List.of(1, 2, 3),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            1,
            4,
            7);
    private static final MetadataImage IMAGE = MetadataImage.EMPTY.apply(
            List.of(new TopicCreated(TOPIC, "orders"), new PartitionCreated(TOPIC, 0, STATE)));

    private final List<AlterPartitionRequestData> requests = new ArrayList<>();
    private final List<CompletableFuture<ApiMessage>> answers = new ArrayList<>();
    private long brokerEpoch = 100;
    private boolean broken;
    private final AlterPartitionSender sender = new AlterPartitionSender(
            1,
            () -> brokerEpoch,
            new ControllerGateway() {
                @Override
                public CompletableFuture<ApiMessage> send(ApiMessage request, long timeoutMs) {
                    if (broken) {
                        throw new IllegalStateException("no gateway");
                    }
                    requests.add((AlterPartitionRequestData) request);
                    CompletableFuture<ApiMessage> answer = new CompletableFuture<>();
                    answers.add(answer);
                    return answer;
                }

                @Override
                public CompletableFuture<ApiMessage> forward(
                        RequestContext context, ApiMessage request, long timeoutMs) {
                    throw new UnsupportedOperationException();
                }
            },
            () -> IMAGE,
            1_000);

    @Test
    void whatComesMeanwhileTravelsInTheNextRequest() {
        CompletableFuture<Reply> first = sender.propose(proposal(0));
        CompletableFuture<Reply> second = sender.propose(proposal(1));
        CompletableFuture<Reply> third = sender.propose(proposal(2));
        assertThat(requests).hasSize(1);

        answers.get(0).complete(committed(0));
        assertThat(first).isCompleted();
        assertThat(requests).hasSize(2);
        assertThat(requests.get(1).topics().get(0).partitions())
                .extracting(AlterPartitionRequestData.PartitionData::partitionIndex)
                .containsExactly(1, 2);
        answers.get(1).complete(committed(1, 2));
        assertThat(second).isCompleted();
        assertThat(third).isCompleted();
    }

    @Test
    void saysWhatWasCommitted() {
        CompletableFuture<Reply> reply = sender.propose(proposal(0));
        AlterPartitionRequestData.PartitionData asked =
                requests.get(0).topics().get(0).partitions().get(0);
        assertThat(asked.partitionEpoch()).isEqualTo(7);
        assertThat(asked.newIsrWithEpochs())
                .extracting(AlterPartitionRequestData.BrokerState::brokerEpoch)
                .containsExactly(100L, 101L);

        answers.get(0).complete(committed(0));
        PartitionState state = requireNonNull(reply.join().state());
        assertThat(state.isr()).containsExactly(1, 2);
        assertThat(state.partitionEpoch()).isEqualTo(8);
        assertThat(state.replicas()).containsExactly(1, 2, 3);
    }

    @Test
    void anUnknownOutcomeFails() {
        CompletableFuture<Reply> reply = sender.propose(proposal(0));
        answers.get(0).completeExceptionally(new TimeoutException("nobody"));
        assertThatThrownBy(reply::join).hasCauseInstanceOf(TimeoutException.class);

        sender.propose(proposal(0));
        assertThat(requests).hasSize(2);
    }

    @Test
    void aGatewayThatThrowsFailsTheProposalAndBlocksNobody() {
        broken = true;
        assertThat(sender.propose(proposal(0))).isCompletedExceptionally();
        broken = false;
        CompletableFuture<Reply> next = sender.propose(proposal(1));
        assertThat(requests).hasSize(1);
        answers.get(0).complete(committed(1));
        assertThat(next).isCompleted();
    }

    @Test
    void anErrorOfTheWholeRequestIsOneOfEachPartition() {
        CompletableFuture<Reply> reply = sender.propose(proposal(0));
        answers.get(0).complete(new AlterPartitionResponseData().setErrorCode(Errors.STALE_BROKER_EPOCH.code()));
        assertThat(reply.join().error()).isEqualTo(Errors.STALE_BROKER_EPOCH);
    }

    @Test
    void aPartitionWithoutAnswerFails() {
        CompletableFuture<Reply> reply = sender.propose(proposal(0));
        answers.get(0).complete(new AlterPartitionResponseData());
        assertThat(reply).isCompletedExceptionally();
    }

    @Test
    void closeFailsWhatWaits() {
        sender.propose(proposal(0));
        CompletableFuture<Reply> waits = sender.propose(proposal(1));
        sender.close();
        assertThat(waits).isCompletedExceptionally();
        assertThat(sender.propose(proposal(2))).isCompletedExceptionally();
    }

    private static Proposal proposal(int partition) {
        return new Proposal(new PartitionId(TOPIC, partition), 4, 7, List.of(new Member(1, 100), new Member(2, 101)));
    }

    private static AlterPartitionResponseData committed(int... partitions) {
        AlterPartitionResponseData.TopicData topic = new AlterPartitionResponseData.TopicData().setTopicId(TOPIC);
        for (int partition : partitions) {
            topic.partitions()
                    .add(new AlterPartitionResponseData.PartitionData()
                            .setPartitionIndex(partition)
                            .setLeaderId(1)
                            .setLeaderEpoch(4)
                            .setIsr(List.of(1, 2))
                            .setPartitionEpoch(8));
        }
        return new AlterPartitionResponseData().setTopics(List.of(topic));
    }
}
