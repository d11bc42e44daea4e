/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.VirtualExecutor;
import io.klamm.broker.security.Authorizer;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import io.klamm.replication.wire.FileRangeRecords;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/** A fetch handler over replicas by hand, and the client's side of reading its answers. */
final class FetchFixture {
    static final int MAX_BYTES = 1000;

    /** What an answer says of one partition; the range has been given back. */
    record Row(PartitionData data, int bytes) {}

    /** An answer, taken apart. */
    record Answer(FetchResponseData response, Map<String, Row> rows) {
        Row row(TopicImage topic, int partition) {
            Row row = rows.get(topic.name() + "-" + partition);
            if (row == null) {
                throw new AssertionError("nothing about " + topic.name() + "-" + partition + " in " + rows.keySet());
            }
            return row;
        }
    }

    final TestImages images = new TestImages().broker(1).broker(2);
    final TestReplicas replicas = new TestReplicas();
    final VirtualExecutor loop = new VirtualExecutor();
    /** What waits for the disk. */
    final VirtualExecutor disk = new VirtualExecutor();

    final List<TestReplica> all = new ArrayList<>();
    final FetchSessions sessions;
    FetchHandler handler;
    private long nowMs;
    private int lastSessionId = 100;
    private @Nullable RackAwareReplicas nearReplicas;

    FetchFixture() {
        this(100);
    }

    /** @param maxPartitions bound of the partitions in sessions */
    FetchFixture(int maxPartitions) {
        sessions = new FetchSessions(3, maxPartitions, () -> nowMs, () -> ++lastSessionId);
        authorize(Authorizer.ALLOW_ALL);
    }

    void authorize(Authorizer authorizer) {
        FetchThreads threads = new FetchThreads(() -> loop, disk);
        handler = new FetchHandler(images, replicas, sessions, authorizer, threads, MAX_BYTES, nearReplicas);
    }

    /** Consumers are sent to replicas in their racks from here on. */
    void sendToNearReplicas() {
        nearReplicas = new RackAwareReplicas(1);
        authorize(Authorizer.ALLOW_ALL);
    }

    /** The default. */
    void sendToLeadersOnly() {
        nearReplicas = null;
        authorize(Authorizer.ALLOW_ALL);
    }

    void passTime(long ms) {
        nowMs += ms;
    }

    TopicImage topic(String name, int partitions) {
        TopicImage topic = images.topic(name, partitions, 1, 2);
        for (int partition = 0; partition < partitions; partition++) {
            all.add(replicas.add(name, new PartitionId(topic.id(), partition)));
        }
        return topic;
    }

    TestReplica replica(TopicImage topic, int partition) {
        return replicas.there(new PartitionId(topic.id(), partition));
    }

    int rangesOut() {
        return all.stream().mapToInt(replica -> replica.rangesOut.get()).sum();
    }

    static FetchRequestData request(int minBytes, int maxWaitMs) {
        return new FetchRequestData()
                .setMinBytes(minBytes)
                .setMaxWaitMs(maxWaitMs)
                .setMaxBytes(MAX_BYTES)
                .setSessionEpoch(-1);
    }

    static FetchRequestData add(FetchRequestData request, TopicImage topic, int partition, long offset, int maxBytes) {
        request.topics()
                .add(new FetchTopic()
                        .setTopic(topic.name())
                        .setTopicId(topic.id())
                        .setPartitions(List.of(new FetchPartition()
                                .setPartition(partition)
                                .setFetchOffset(offset)
                                .setCurrentLeaderEpoch(5)
                                .setPartitionMaxBytes(maxBytes))));
        return request;
    }

    static void forget(FetchRequestData request, TopicImage topic, int partition) {
        request.forgottenTopicsData()
                .add(new ForgottenTopic()
                        .setTopic(topic.name())
                        .setTopicId(topic.id())
                        .setPartitions(List.of(partition)));
    }

    CompletableFuture<FetchResponseData> send(FetchRequestData request, int version) {
        return handler.handle(TestRequests.context(ApiKeys.FETCH, version), request)
                .toCompletableFuture();
    }

    Answer answer(FetchRequestData request, int version) {
        return answer(send(request, version), version);
    }

    /** Reads a complete answer, through the wire format of its version, and gives the ranges back. */
    Answer answer(CompletableFuture<FetchResponseData> future, int version) {
        FetchResponseData response = future.getNow(null);
        if (response == null) {
            throw new AssertionError("no answer yet");
        }
        List<Integer> lengths = new ArrayList<>();
        for (FetchableTopicResponse topic : response.responses()) {
            for (PartitionData partition : topic.partitions()) {
                int length = partition.records().sizeInBytes();
                lengths.add(length);
                if (partition.records() instanceof FileRangeRecords records) {
                    records.release();
                }
                partition.setRecords(MemoryRecords.EMPTY);
            }
        }
        FetchResponseData read =
                TestRequests.answered(CompletableFuture.completedFuture(response), ApiKeys.FETCH, version);
        Map<String, Row> rows = new LinkedHashMap<>();
        int next = 0;
        for (FetchableTopicResponse topic : read.responses()) {
            for (PartitionData partition : topic.partitions()) {
                rows.put(name(topic) + "-" + partition.partitionIndex(), new Row(partition, lengths.get(next++)));
            }
        }
        return new Answer(read, rows);
    }

    private String name(FetchableTopicResponse topic) {
        if (topic.topicId().equals(Uuid.ZERO_UUID)) {
            return topic.topic();
        }
        TopicImage known = images.get().topic(topic.topicId());
        return known == null ? topic.topicId().toString() : known.name();
    }
}
