/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.security.Authorizer;
import io.klamm.metadata.fact.PartitionCreated;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.fact.TopicCreated;
import io.klamm.metadata.image.PartitionId;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData.DirectoryData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData.PartitionData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData.TopicData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Broker 1, registered at epoch 1, and a topic of two partitions on it. */
@Timeout(30)
class AssignReplicasToDirsHandlerTest {
    private static final Uuid TOPIC = new Uuid(1, 1);
    private static final Uuid FIRST_DIR = new Uuid(8, 1);
    private static final Uuid SECOND_DIR = new Uuid(8, 2);

    private final TestController cluster = new TestController(1)
            .with(
                    new TopicCreated(TOPIC, "orders"),
                    new PartitionCreated(TOPIC, 0, lone()),
                    new PartitionCreated(TOPIC, 1, lone()));

    /** On broker 1, in a dir that has not been told yet. */
    private static PartitionState lone() {
        List<Integer> replicas = List.of(1);
        List<Integer> none = List.of();
        return new PartitionState(replicas, List.of(Uuid.ZERO_UUID), replicas, none, none, none, none, 1, 0, 0);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    private AssignReplicasToDirsResponseData send(Authorizer authorizer, long brokerEpoch, DirectoryData... dirs)
            throws Exception {
        AssignReplicasToDirsRequestData request = new AssignReplicasToDirsRequestData()
                .setBrokerId(1)
                .setBrokerEpoch(brokerEpoch)
                .setDirectories(List.of(dirs));
        return new AssignReplicasToDirsHandler(cluster.controller, authorizer)
                .handle(TestController.context(ApiKeys.ASSIGN_REPLICAS_TO_DIRS, 0), request)
                .toCompletableFuture()
                .get();
    }

    private static DirectoryData directory(Uuid id, Uuid topic, int... partitions) {
        TopicData rows = new TopicData().setTopicId(topic);
        for (int partition : partitions) {
            rows.partitions().add(new PartitionData().setPartitionIndex(partition));
        }
        return new DirectoryData().setId(id).setTopics(List.of(rows));
    }

    private Uuid directoryOf(int partition) {
        PartitionState state = Objects.requireNonNull(cluster.image().partition(new PartitionId(TOPIC, partition)));
        return state.directory(1);
    }

    @Test
    void eachReplicaIsRecordedInItsDirAndAnsweredThere() throws Exception {
        AssignReplicasToDirsResponseData response =
                send(Authorizer.ALLOW_ALL, 1, directory(FIRST_DIR, TOPIC, 0), directory(SECOND_DIR, TOPIC, 1, 7));
        assertThat(response.errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(response.directories()).extracting(each -> each.id()).containsExactly(FIRST_DIR, SECOND_DIR);
        assertThat(response.directories().get(1).topics().get(0).partitions())
                .extracting(row -> row.partitionIndex() + " " + Errors.forCode(row.errorCode()))
                .containsExactly("1 NONE", "7 UNKNOWN_TOPIC_OR_PARTITION");
        assertThat(directoryOf(0)).isEqualTo(FIRST_DIR);
        assertThat(directoryOf(1)).isEqualTo(SECOND_DIR);
    }

    @Test
    void aTopicThatIsGoneIsSaidByItself() throws Exception {
        Uuid gone = new Uuid(9, 9);
        AssignReplicasToDirsResponseData response =
                send(Authorizer.ALLOW_ALL, 1, directory(FIRST_DIR, gone, 0), directory(FIRST_DIR, TOPIC, 0));
        assertThat(response.directories()).hasSize(1);
        assertThat(response.directories().get(0).topics())
                .extracting(topic -> topic.topicId() + " "
                        + Errors.forCode(topic.partitions().get(0).errorCode()))
                .containsExactly(gone + " UNKNOWN_TOPIC_ID", TOPIC + " NONE");
        assertThat(directoryOf(0)).isEqualTo(FIRST_DIR);
    }

    @Test
    void anEarlierRegistrationIsRefusedAsAWhole() throws Exception {
        AssignReplicasToDirsResponseData response = send(Authorizer.ALLOW_ALL, 0, directory(FIRST_DIR, TOPIC, 0));
        assertThat(response.errorCode()).isEqualTo(Errors.STALE_BROKER_EPOCH.code());
        assertThat(response.directories()).isEmpty();
        assertThat(directoryOf(0)).isEqualTo(Uuid.ZERO_UUID);
    }

    @Test
    void onlyForTheCluster() throws Exception {
        Authorizer nobody = (context, operation, type, name) -> false;
        AssignReplicasToDirsResponseData response = send(nobody, 1, directory(FIRST_DIR, TOPIC, 0));
        assertThat(response.errorCode()).isEqualTo(Errors.CLUSTER_AUTHORIZATION_FAILED.code());
        assertThat(directoryOf(0)).isEqualTo(Uuid.ZERO_UUID);
    }
}
