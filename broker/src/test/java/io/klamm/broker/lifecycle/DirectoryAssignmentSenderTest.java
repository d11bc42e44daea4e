/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.api.ControllerGateway;
import io.klamm.broker.net.RequestContext;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionCreated;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.fact.TopicCreated;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class DirectoryAssignmentSenderTest {
    private static final Uuid TOPIC = new Uuid(1, 1);
    private static final Uuid HERE = new Uuid(2, 1);
    private static final Uuid THERE = new Uuid(2, 2);
    private static final PartitionState STATE = new PartitionState(
            List.of(1, 2),
            List.of(Uuid.ZERO_UUID, Uuid.ZERO_UUID),
            List.of(1, 2),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            1,
            0,
            0);

    private final List<AssignReplicasToDirsRequestData> requests = new ArrayList<>();
    private final List<CompletableFuture<ApiMessage>> answers = new ArrayList<>();
    private final List<Runnable> scheduled = new ArrayList<>();
    private long brokerEpoch = 100;
    private MetadataImage image = MetadataImage.EMPTY.apply(List.of(
            new TopicCreated(TOPIC, "orders"),
            new PartitionCreated(TOPIC, 0, STATE),
            new PartitionCreated(TOPIC, 1, STATE),
            new PartitionCreated(TOPIC, 2, STATE)));
    private final DirectoryAssignmentSender sender = new DirectoryAssignmentSender(
            1,
            () -> brokerEpoch,
            new ControllerGateway() {
                @Override
                public CompletableFuture<ApiMessage> send(ApiMessage request, long timeoutMs) {
                    requests.add((AssignReplicasToDirsRequestData) request);
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
            () -> image,
            (delay, task) -> {
                scheduled.add(task);
                return () -> {};
            },
            1_000);

    private void pauseEnds() {
        List<Runnable> due = List.copyOf(scheduled);
        scheduled.clear();
        due.forEach(Runnable::run);
    }

    private static PartitionId id(int partition) {
        return new PartitionId(TOPIC, partition);
    }

    private static Map<Integer, Uuid> told(AssignReplicasToDirsRequestData request) {
        Map<Integer, Uuid> told = new TreeMap<>();
        request.directories().forEach(directory -> directory.topics().forEach(topic -> topic.partitions()
                .forEach(partition -> told.put(partition.partitionIndex(), directory.id()))));
        return told;
    }

    private static AssignReplicasToDirsResponseData answer(AssignReplicasToDirsRequestData request, Errors error) {
        AssignReplicasToDirsResponseData response = new AssignReplicasToDirsResponseData();
        request.directories().forEach(directory -> {
            var answered = new AssignReplicasToDirsResponseData.DirectoryData().setId(directory.id());
            directory.topics().forEach(topic -> {
                var row = new AssignReplicasToDirsResponseData.TopicData().setTopicId(topic.topicId());
                topic.partitions().forEach(partition -> row.partitions()
                        .add(new AssignReplicasToDirsResponseData.PartitionData()
                                .setPartitionIndex(partition.partitionIndex())
                                .setErrorCode(error.code())));
                answered.topics().add(row);
            });
            response.directories().add(answered);
        });
        return response;
    }

    @Test
    void manyTravelTogetherAndOneRequestIsOnItsWay() {
        sender.located(id(0), HERE);
        sender.located(id(1), THERE);
        assertThat(requests).isEmpty();
        pauseEnds();
        assertThat(told(requests.get(0))).isEqualTo(Map.of(0, HERE, 1, THERE));
        assertThat(requests.get(0).brokerEpoch()).isEqualTo(100);
        sender.located(id(2), HERE);
        sender.located(id(0), THERE);
        pauseEnds();
        assertThat(requests).hasSize(1);
        answers.get(0).complete(answer(requests.get(0), Errors.NONE));
        pauseEnds();
        assertThat(told(requests.get(1))).as("the newest word counts").isEqualTo(Map.of(0, THERE, 2, HERE));
        answers.get(1).complete(answer(requests.get(1), Errors.NONE));
        pauseEnds();
        assertThat(requests).hasSize(2);
        assertThat(scheduled).isEmpty();
    }

    @Test
    void whatIsNotAnsweredIsSentAgain() {
        sender.located(id(0), HERE);
        pauseEnds();
        answers.get(0).completeExceptionally(new TimeoutException("no controller"));
        pauseEnds();
        answers.get(1).complete(new AssignReplicasToDirsResponseData().setErrorCode(Errors.STALE_BROKER_EPOCH.code()));
        brokerEpoch = 200;
        pauseEnds();
        assertThat(requests).hasSize(3);
        assertThat(told(requests.get(2))).isEqualTo(Map.of(0, HERE));
        assertThat(requests.get(2).brokerEpoch()).isEqualTo(200);
        answers.get(2).complete(answer(requests.get(2), Errors.UNKNOWN_TOPIC_ID));
        pauseEnds();
        assertThat(requests).as("deleted meanwhile").hasSize(3);
    }

    @Test
    void whatTheImageSaysAlreadyIsNotSent() {
        brokerEpoch = -1;
        sender.located(id(0), HERE);
        sender.located(id(1), HERE);
        sender.located(new PartitionId(new Uuid(8, 8), 0), HERE);
        pauseEnds();
        assertThat(requests).as("not registered").isEmpty();
        image = image.apply(List.of(
                new PartitionChanged(TOPIC, 0, STATE.withDirectory(1, HERE).confirmed())));
        brokerEpoch = 7;
        pauseEnds();
        assertThat(told(requests.get(0))).isEqualTo(Map.of(1, HERE));
    }

    @Test
    void nothingIsSentAfterTheEnd() {
        sender.located(id(0), HERE);
        sender.close();
        pauseEnds();
        assertThat(requests).isEmpty();
        assertThat(scheduled).isEmpty();
    }
}
