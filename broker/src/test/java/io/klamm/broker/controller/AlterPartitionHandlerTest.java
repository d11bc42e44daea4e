/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.security.Authorizer;
import io.klamm.metadata.fact.BrokerFenced;
import io.klamm.metadata.fact.PartitionCreated;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.fact.TopicCreated;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AllocateProducerIdsRequestData;
import org.apache.kafka.common.message.AllocateProducerIdsResponseData;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionRequestData.BrokerState;
import org.apache.kafka.common.message.AlterPartitionRequestData.PartitionData;
import org.apache.kafka.common.message.AlterPartitionRequestData.TopicData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Brokers 1 to 4, each registered under the epoch of its number; 4 is fenced. Broker 1 leads a partition on 1, 2 and 4 in leader epoch 5 and
 * partition epoch 9, alone in the ISR.
 */
@Timeout(30)
class AlterPartitionHandlerTest {
    private static final Uuid TOPIC = new Uuid(1, 1);
    private static final int LEADER_EPOCH = 5;
    private static final int PARTITION_EPOCH = 9;

    private final TestController cluster = new TestController(4)
            .with(new TopicCreated(TOPIC, "orders"), new PartitionCreated(TOPIC, 0, led()), new BrokerFenced(4, 4));

    private static PartitionState led() {
        List<Integer> replicas = List.of(1, 2, 4);
        List<Uuid> directories = replicas.stream().map(node -> Uuid.ZERO_UUID).toList();
        List<Integer> none = List.of();
        return new PartitionState(
                replicas, directories, List.of(1), none, none, none, none, 1, LEADER_EPOCH, PARTITION_EPOCH);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    private AlterPartitionResponseData send(
            Authorizer authorizer, int node, long brokerEpoch, Uuid topic, PartitionData partition) throws Exception {
        AlterPartitionRequestData request = new AlterPartitionRequestData()
                .setBrokerId(node)
                .setBrokerEpoch(brokerEpoch)
                .setTopics(List.of(new TopicData().setTopicId(topic).setPartitions(List.of(partition))));
        return new AlterPartitionHandler(cluster.controller, authorizer)
                .handle(TestController.context(ApiKeys.ALTER_PARTITION, 3), request)
                .toCompletableFuture()
                .get();
    }

    /** The members with the broker epochs of their numbers. */
    private static PartitionData isr(int... members) {
        return new PartitionData()
                .setPartitionIndex(0)
                .setLeaderEpoch(LEADER_EPOCH)
                .setPartitionEpoch(PARTITION_EPOCH)
                .setNewIsrWithEpochs(IntStream.of(members)
                        .mapToObj(node -> new BrokerState().setBrokerId(node).setBrokerEpoch(node))
                        .toList());
    }

    private Errors refused(int node, long brokerEpoch, Uuid topic, PartitionData partition) throws Exception {
        MetadataImage before = cluster.image();
        AlterPartitionResponseData answer = send(Authorizer.ALLOW_ALL, node, brokerEpoch, topic, partition);
        assertThat(cluster.image()).as("nothing has changed").isSameAs(before);
        return Errors.forCode(
                answer.errorCode() != Errors.NONE.code()
                        ? answer.errorCode()
                        : answer.topics().get(0).partitions().get(0).errorCode());
    }

    @Test
    void theLeaderInItsEpochsIsHeard() throws Exception {
        AlterPartitionResponseData answer = send(Authorizer.ALLOW_ALL, 1, 1, TOPIC, isr(1, 2));
        assertThat(answer.errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(answer.topics().get(0).partitions().get(0))
                .isEqualTo(new AlterPartitionResponseData.PartitionData()
                        .setPartitionIndex(0)
                        .setLeaderId(1)
                        .setLeaderEpoch(LEADER_EPOCH)
                        .setIsr(List.of(1, 2))
                        .setPartitionEpoch(PARTITION_EPOCH + 1));
        assertThat(Objects.requireNonNull(cluster.image().partition(new PartitionId(TOPIC, 0)))
                        .isr())
                .containsExactly(1, 2);
    }

    @Test
    void staleAndFutureEpochsAreRefusedAndChangeNothing() throws Exception {
        assertThat(refused(1, 1, TOPIC, isr(1, 2).setLeaderEpoch(LEADER_EPOCH - 1)))
                .isEqualTo(Errors.FENCED_LEADER_EPOCH);
        assertThat(refused(1, 1, TOPIC, isr(1, 2).setLeaderEpoch(LEADER_EPOCH + 1)))
                .isEqualTo(Errors.INVALID_REQUEST);
        assertThat(refused(1, 1, TOPIC, isr(1, 2).setPartitionEpoch(PARTITION_EPOCH - 1)))
                .isEqualTo(Errors.INVALID_UPDATE_VERSION);
        assertThat(refused(1, 1, TOPIC, isr(1, 2).setPartitionEpoch(PARTITION_EPOCH + 1)))
                .isEqualTo(Errors.INVALID_UPDATE_VERSION);
    }

    @Test
    void whoIsNotTheLeaderOrForgesABrokerEpochIsRefused() throws Exception {
        assertThat(refused(1, 2, TOPIC, isr(1, 2))).as("a later life").isEqualTo(Errors.STALE_BROKER_EPOCH);
        assertThat(refused(1, 0, TOPIC, isr(1, 2))).as("an earlier one").isEqualTo(Errors.STALE_BROKER_EPOCH);
        assertThat(refused(77, 1, TOPIC, isr(1, 2))).as("never registered").isEqualTo(Errors.STALE_BROKER_EPOCH);
        assertThat(refused(2, 2, TOPIC, isr(1, 2))).as("a follower").isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void membersThatCannotBeInSyncAreRefused() throws Exception {
        PartitionData forged = isr(1, 2);
        forged.newIsrWithEpochs().get(1).setBrokerEpoch(99);
        assertThat(refused(1, 1, TOPIC, forged)).as("another life of 2").isEqualTo(Errors.INELIGIBLE_REPLICA);
        assertThat(refused(1, 1, TOPIC, isr(1, 4))).as("fenced").isEqualTo(Errors.INELIGIBLE_REPLICA);
        assertThat(refused(1, 1, TOPIC, isr(1, 3))).as("no replica").isEqualTo(Errors.INVALID_REQUEST);
        assertThat(refused(1, 1, TOPIC, isr(1, 77))).as("unknown").isEqualTo(Errors.INVALID_REQUEST);
        assertThat(refused(1, 1, TOPIC, isr(2))).as("without the leader").isEqualTo(Errors.INVALID_REQUEST);
        assertThat(refused(1, 1, TOPIC, isr(1, 2, 2))).as("twice").isEqualTo(Errors.INVALID_REQUEST);
    }

    @Test
    void whatDoesNotExistIsRefused() throws Exception {
        assertThat(refused(1, 1, new Uuid(4, 4), isr(1, 2))).isEqualTo(Errors.UNKNOWN_TOPIC_ID);
        assertThat(refused(1, 1, TOPIC, isr(1, 2).setPartitionIndex(7))).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void whoMayNotIsNotHeard() throws Exception {
        assertThat(send((context, operation, resource, name) -> false, 1, 1, TOPIC, isr(1, 2))
                        .errorCode())
                .isEqualTo(Errors.CLUSTER_AUTHORIZATION_FAILED.code());
    }

    @Test
    void producerIdsAreForRegisteredBrokers() throws Exception {
        assertThat(producerIds(1, 1).errorCode()).isEqualTo(Errors.NONE.code());
        long next = cluster.image().nextProducerId();
        for (AllocateProducerIdsResponseData refused : List.of(producerIds(1, 99), producerIds(77, 1))) {
            assertThat(refused.errorCode()).isNotEqualTo(Errors.NONE.code());
            assertThat(refused.producerIdLen()).isZero();
        }
        assertThat(producerIds(1, 99).errorCode()).isEqualTo(Errors.STALE_BROKER_EPOCH.code());
        assertThat(cluster.image().nextProducerId()).isEqualTo(next);
    }

    private AllocateProducerIdsResponseData producerIds(int node, long brokerEpoch) throws Exception {
        return new AllocateProducerIdsHandler(cluster.controller, Authorizer.ALLOW_ALL)
                .handle(
                        TestController.context(ApiKeys.ALLOCATE_PRODUCER_IDS, 0),
                        new AllocateProducerIdsRequestData().setBrokerId(node).setBrokerEpoch(brokerEpoch))
                .toCompletableFuture()
                .get();
    }
}
