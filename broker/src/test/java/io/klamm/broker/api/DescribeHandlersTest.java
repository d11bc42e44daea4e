/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData.Cursor;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData.ListPartitionReassignmentsTopics;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DescribeHandlersTest {
    private final TestImages images = new TestImages().broker(1).broker(2).fencedBroker(4, TestImages.LISTENER);

    private DescribeClusterResponseData cluster(int version, DescribeClusterRequestData request) {
        return TestRequests.answered(
                new DescribeClusterHandler(images, () -> 2, Authorizer.ALLOW_ALL)
                        .handle(TestRequests.context(ApiKeys.DESCRIBE_CLUSTER, version), request),
                ApiKeys.DESCRIBE_CLUSTER,
                version);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void theClusterIsItsBrokersAndWithFencedOnesOnDemand(int version) {
        DescribeClusterResponseData response = cluster(version, new DescribeClusterRequestData());
        assertThat(response.clusterId()).isEqualTo("test-cluster");
        assertThat(response.controllerId()).isEqualTo(2);
        assertThat(response.brokers()).extracting(broker -> broker.brokerId()).containsExactly(1, 2);
        assertThat(response.clusterAuthorizedOperations()).isEqualTo(Integer.MIN_VALUE);
        if (version == 2) {
            DescribeClusterResponseData fenced =
                    cluster(version, new DescribeClusterRequestData().setIncludeFencedBrokers(true));
            assertThat(fenced.brokers().find(4).isFenced()).isTrue();
            assertThat(fenced.brokers().find(1).isFenced()).isFalse();
        }
    }

    @Test
    void controllersAreNotDescribedOnABrokersListener() {
        assertThat(cluster(1, new DescribeClusterRequestData().setEndpointType((byte) 2))
                        .errorCode())
                .isEqualTo(Errors.MISMATCHED_ENDPOINT_TYPE.code());
        assertThat(cluster(1, new DescribeClusterRequestData().setEndpointType((byte) 9))
                        .errorCode())
                .isEqualTo(Errors.UNSUPPORTED_ENDPOINT_TYPE.code());
    }

    private DescribeTopicPartitionsResponseData topics(
            Authorizer authorizer, DescribeTopicPartitionsRequestData request) {
        return TestRequests.answered(
                new DescribeTopicPartitionsHandler(images, authorizer, 5)
                        .handle(TestRequests.context(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, 0), request),
                ApiKeys.DESCRIBE_TOPIC_PARTITIONS,
                0);
    }

    /** Reads all pages as the admin client does. */
    private List<String> pages(int limit) {
        List<String> seen = new ArrayList<>();
        Cursor cursor = null;
        do {
            DescribeTopicPartitionsResponseData page = topics(
                    Authorizer.ALLOW_ALL,
                    new DescribeTopicPartitionsRequestData()
                            .setResponsePartitionLimit(limit)
                            .setCursor(cursor));
            int partitions = 0;
            for (var topic : page.topics()) {
                partitions += topic.partitions().size();
                topic.partitions().forEach(row -> seen.add(topic.name() + "-" + row.partitionIndex()));
            }
            assertThat(partitions).isLessThanOrEqualTo(Math.max(1, Math.min(limit, 5)));
            cursor = page.nextCursor() == null
                    ? null
                    : new Cursor()
                            .setTopicName(page.nextCursor().topicName())
                            .setPartitionIndex(page.nextCursor().partitionIndex());
        } while (cursor != null);
        return seen;
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1, 2, 3, 4, 5, 6, 2000})
    void pagesCoverEveryPartitionOnceInOrder(int limit) {
        images.topic("b", 3, 1, 2);
        images.topic("a", 7, 1, 2);
        images.topic("c", 1, 1, 2);

        assertThat(pages(limit))
                .containsExactly("a-0", "a-1", "a-2", "a-3", "a-4", "a-5", "a-6", "b-0", "b-1", "b-2", "c-0");
    }

    @Test
    void aCursorOfATopicThatIsGoneGoesOnWithTheNext() {
        images.topic("b", 1, 1);
        var page = topics(
                Authorizer.ALLOW_ALL,
                new DescribeTopicPartitionsRequestData()
                        .setCursor(new Cursor().setTopicName("aa").setPartitionIndex(3)));
        assertThat(page.topics().find("b").partitions()).hasSize(1);
        assertThatThrownBy(() -> topics(
                        Authorizer.ALLOW_ALL,
                        new DescribeTopicPartitionsRequestData()
                                .setCursor(new Cursor().setTopicName("b").setPartitionIndex(-1))))
                .isInstanceOf(InvalidRequestException.class);
    }

    @Test
    void partitionsAreDescribedWhole() {
        TopicImage topic = images.topic("orders", 1, 1, 2, 4);
        images.apply(new PartitionChanged(
                topic.id(),
                0,
                new PartitionState(
                        List.of(1, 2, 4),
                        List.of(Uuid.ZERO_UUID, Uuid.ZERO_UUID, Uuid.ZERO_UUID),
                        List.of(1),
                        List.of(2),
                        List.of(4),
                        List.of(),
                        List.of(),
                        1,
                        6,
                        7)));

        var described = topics(
                Authorizer.ALLOW_ALL,
                new DescribeTopicPartitionsRequestData()
                        .setTopics(List.of(new TopicRequest().setName("orders"), new TopicRequest().setName("no"))));

        var row = described.topics().find("orders").partitions().get(0);
        assertThat(described.topics().find("orders").topicId()).isEqualTo(topic.id());
        assertThat(row.leaderId()).isEqualTo(1);
        assertThat(row.leaderEpoch()).isEqualTo(6);
        assertThat(row.isrNodes()).containsExactly(1);
        assertThat(row.eligibleLeaderReplicas()).containsExactly(2);
        assertThat(row.lastKnownElr()).containsExactly(4);
        assertThat(row.offlineReplicas()).containsExactly(4);
        assertThat(described.topics().find("no").errorCode()).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
    }

    @Test
    void topicsThatMayNotBeDescribedAreHiddenUnlessNamed() {
        images.topic("secret", 1, 1);
        Authorizer authorizer = TestRequests.denying(Operation.DESCRIBE, "secret");
        assertThat(topics(authorizer, new DescribeTopicPartitionsRequestData()).topics())
                .isEmpty();
        assertThat(topics(
                                authorizer,
                                new DescribeTopicPartitionsRequestData()
                                        .setTopics(List.of(new TopicRequest().setName("secret"))))
                        .topics()
                        .find("secret")
                        .errorCode())
                .isEqualTo(Errors.TOPIC_AUTHORIZATION_FAILED.code());
    }

    @Test
    void reassignmentsAreWhatTheImageSays() {
        images.topic("quiet", 1, 1);
        TopicImage topic = images.topic("moving", 2, 1, 2);
        images.apply(new PartitionChanged(
                topic.id(),
                1,
                new PartitionState(
                        List.of(1, 2, 4),
                        List.of(Uuid.ZERO_UUID, Uuid.ZERO_UUID, Uuid.ZERO_UUID),
                        List.of(1, 2),
                        List.of(),
                        List.of(),
                        List.of(4),
                        List.of(2),
                        1,
                        5,
                        6)));

        var all = reassignments(Authorizer.ALLOW_ALL, null);
        assertThat(all.topics()).hasSize(1);
        var row = all.topics().get(0).partitions().get(0);
        assertThat(row.partitionIndex()).isEqualTo(1);
        assertThat(row.replicas()).containsExactly(1, 2, 4);
        assertThat(row.addingReplicas()).containsExactly(4);
        assertThat(row.removingReplicas()).containsExactly(2);
        var quiet =
                List.of(new ListPartitionReassignmentsTopics().setName("moving").setPartitionIndexes(List.of(0, 9)));
        assertThat(reassignments(Authorizer.ALLOW_ALL, quiet).topics()).isEmpty();
        assertThat(reassignments(TestRequests.denying(Operation.DESCRIBE), null).errorCode())
                .isEqualTo(Errors.CLUSTER_AUTHORIZATION_FAILED.code());
    }

    private ListPartitionReassignmentsResponseData reassignments(
            Authorizer authorizer, @Nullable List<ListPartitionReassignmentsTopics> topics) {
        return TestRequests.answered(
                new ListPartitionReassignmentsHandler(images, authorizer)
                        .handle(
                                TestRequests.context(ApiKeys.LIST_PARTITION_REASSIGNMENTS, 0),
                                new ListPartitionReassignmentsRequestData().setTopics(topics)),
                ApiKeys.LIST_PARTITION_REASSIGNMENTS,
                0);
    }
}
