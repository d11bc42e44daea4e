/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import io.klamm.replication.partition.PartitionReplica.OffsetOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class OffsetHandlersTest {
    private final TestImages images = new TestImages().broker(1);
    private final TestReplicas replicas = new TestReplicas();
    private final TopicImage topic = images.topic("orders", 2, 1);
    private final TestReplica replica = replicas.add("orders", new PartitionId(topic.id(), 0));
    private final List<Runnable> searches = new ArrayList<>();

    static List<Integer> listVersions() {
        return TestRequests.versions(ApiKeys.LIST_OFFSETS);
    }

    static List<Integer> epochVersions() {
        return TestRequests.versions(ApiKeys.OFFSET_FOR_LEADER_EPOCH);
    }

    private static ListOffsetsRequestData list(String name, long timestamp, int... partitions) {
        ListOffsetsTopic asked = new ListOffsetsTopic().setName(name);
        for (int partition : partitions) {
            asked.partitions()
                    .add(new ListOffsetsPartition().setPartitionIndex(partition).setTimestamp(timestamp));
        }
        return new ListOffsetsRequestData().setReplicaId(-1).setTopics(List.of(asked));
    }

    private List<ListOffsetsPartitionResponse> ask(Authorizer authorizer, int version, ListOffsetsRequestData request) {
        var stage = new ListOffsetsHandler(images, replicas, authorizer, searches::add)
                .handle(TestRequests.context(ApiKeys.LIST_OFFSETS, version), request);
        searches.forEach(Runnable::run);
        return TestRequests.answered(stage, ApiKeys.LIST_OFFSETS, version)
                .topics()
                .get(0)
                .partitions();
    }

    private Errors error(int version, ListOffsetsRequestData request) {
        return Errors.forCode(ask(Authorizer.ALLOW_ALL, version, request).get(0).errorCode());
    }

    @ParameterizedTest
    @MethodSource("listVersions")
    void listsOffsetsInEveryVersion(int version) {
        ListOffsetsPartitionResponse row =
                ask(Authorizer.ALLOW_ALL, version, list("orders", -1, 0)).get(0);
        assertThat(row.errorCode()).isZero();
        assertThat(row.offset()).isEqualTo(11);
        assertThat(row.timestamp()).isEqualTo(22);
        assertThat(row.leaderEpoch()).isEqualTo(version >= 4 ? 5 : -1);
        assertThat(searches).as("the end needs no search").isEmpty();
    }

    @ParameterizedTest
    @MethodSource("listVersions")
    void saysWhatIsWrongInEveryVersion(int version) {
        assertThat(error(version, list("nothing", -1, 0))).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(error(version, list("orders", -1, 9))).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(error(version, list("orders", -1, 1))).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(error(version, list("orders", -1, 0, 0))).isEqualTo(Errors.INVALID_REQUEST);
        replica.offset = new OffsetOutcome(Errors.OFFSET_NOT_AVAILABLE, -1, -1, -1);
        assertThat(error(version, list("orders", -1, 0)))
                .isEqualTo(version < 5 ? Errors.LEADER_NOT_AVAILABLE : Errors.OFFSET_NOT_AVAILABLE);
        assertThat(ask(TestRequests.denying(Operation.DESCRIBE), version, list("orders", -1, 0))
                        .get(0)
                        .errorCode())
                .isEqualTo(Errors.TOPIC_AUTHORIZATION_FAILED.code());
    }

    @ParameterizedTest
    @CsvSource({"-3,6,7", "-4,7,8", "-5,8,9", "-6,10,11"})
    void specialTimestampsHaveAFirstVersion(long timestamp, int tooOld, int first) {
        assertThat(error(tooOld, list("orders", timestamp, 0))).isEqualTo(Errors.UNSUPPORTED_VERSION);
        assertThat(error(first, list("orders", timestamp, 0))).isEqualTo(Errors.NONE);
        assertThat(error(11, list("orders", -7, 0))).isEqualTo(Errors.UNSUPPORTED_VERSION);
    }

    @Test
    void nothingIsTiered() {
        assertThat(ask(Authorizer.ALLOW_ALL, 11, list("orders", -5, 0)).get(0).offset())
                .isEqualTo(-1);
    }

    @Test
    void searchesByTimeRunOnThePoolAndMayBeRejected() {
        assertThat(ask(Authorizer.ALLOW_ALL, 11, list("orders", 1234, 0)).get(0).offset())
                .isEqualTo(11);
        assertThat(searches).hasSize(1);
        Executor full = task -> {
            throw new RejectedExecutionException();
        };
        ListOffsetsHandler handler = new ListOffsetsHandler(images, replicas, Authorizer.ALLOW_ALL, full);
        assertThatThrownBy(
                        () -> handler.handle(TestRequests.context(ApiKeys.LIST_OFFSETS, 11), list("orders", 1234, 0)))
                .isInstanceOf(TimeoutException.class);
    }

    private EpochEndOffset epoch(Authorizer authorizer, int version, int replicaId, String name, int partition) {
        OffsetForLeaderEpochRequestData request = new OffsetForLeaderEpochRequestData().setReplicaId(replicaId);
        request.topics()
                .add(new OffsetForLeaderTopic()
                        .setTopic(name)
                        .setPartitions(List.of(new OffsetForLeaderPartition()
                                .setPartition(partition)
                                .setLeaderEpoch(4))));
        return TestRequests.answered(
                        new OffsetForLeaderEpochHandler(images, replicas, authorizer)
                                .handle(TestRequests.context(ApiKeys.OFFSET_FOR_LEADER_EPOCH, version), request),
                        ApiKeys.OFFSET_FOR_LEADER_EPOCH,
                        version)
                .topics()
                .find(name)
                .partitions()
                .get(0);
    }

    @ParameterizedTest
    @MethodSource("epochVersions")
    void theEndOfAnEpochInEveryVersion(int version) {
        EpochEndOffset row = epoch(Authorizer.ALLOW_ALL, version, -1, "orders", 0);
        assertThat(row.errorCode()).isZero();
        assertThat(row.leaderEpoch()).isEqualTo(4);
        assertThat(row.endOffset()).isEqualTo(40);
        assertThat(replica.askedReplicaId).isEqualTo(-1);

        assertThat(epoch(Authorizer.ALLOW_ALL, version, -1, "nothing", 0).errorCode())
                .isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
        assertThat(epoch(Authorizer.ALLOW_ALL, version, -1, "orders", 1).errorCode())
                .isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER.code());
    }

    @ParameterizedTest
    @MethodSource("epochVersions")
    void theControllersQuestionNeedsItsRight(int version) {
        epoch(Authorizer.ALLOW_ALL, version, -2, "orders", 0);
        assertThat(replica.askedReplicaId).as("version 2 cannot ask it").isEqualTo(version == 2 ? -1 : -2);
        if (version > 2) {
            assertThat(epoch(TestRequests.denying(Operation.CLUSTER_ACTION), version, -2, "orders", 0)
                            .errorCode())
                    .isEqualTo(Errors.TOPIC_AUTHORIZATION_FAILED.code());
        }
    }
}
