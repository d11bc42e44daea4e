/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.klamm.broker.net.RawClient;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What requests allocate on a node's heap, from socket to disk and back: counts, not times. */
@Timeout(120)
class RequestCostTest {
    private static final int ROUNDS = 1_000;
    private static final int RECORD_BYTES = 1_000;
    private static final int VERSION = 13;
    /** Of a request of one batch; about 4,500 were measured. */
    private static final long MOST_OF_A_PRODUCE = 6_000;
    /** Of a request that finds records; about 5,700 were measured. */
    private static final long MOST_OF_A_FETCH = 7_500;
    /** What the same request may cost more with a hundred times the records. */
    private static final long SAME = 500;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    Path directory;

    @Test
    void nothingIsAllocatedForARecordOrAByte() throws Exception {
        try (TestNodes nodes = new TestNodes(directory, 1)) {
            nodes.start(1).running().get(60, TimeUnit.SECONDS);
            Uuid few = createTopic(nodes, "few");
            Uuid many = createTopic(nodes, "many");
            String address = nodes.address(1);
            int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
            try (RawClient client = new RawClient(port)) {
                long produceOne = allocatedBy(client, produce(few, 1));
                long produceHundred = allocatedBy(client, produce(many, 100));
                long fetchOne = allocatedBy(client, fetch(few, RECORD_BYTES));
                long fetchHundred = allocatedBy(client, fetch(many, 100 * RECORD_BYTES));
                assertThat(produceOne).isBetween(1L, MOST_OF_A_PRODUCE);
                assertThat(produceHundred).isLessThan(produceOne + SAME);
                assertThat(fetchOne).isBetween(1L, MOST_OF_A_FETCH);
                assertThat(fetchHundred).isLessThan(fetchOne + SAME);
            }
        }
    }

    private static Uuid createTopic(TestNodes nodes, String name) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", nodes.bootstrap()))) {
            return admin.createTopics(List.of(new NewTopic(name, 1, (short) 1)))
                    .topicId(name)
                    .get(60, TimeUnit.SECONDS);
        }
    }

    private static ProduceRequestData produce(Uuid topic, int records) {
        SimpleRecord[] content = new SimpleRecord[records];
        Arrays.setAll(content, i -> new SimpleRecord(System.currentTimeMillis(), null, new byte[RECORD_BYTES]));
        TopicProduceDataCollection topics = new TopicProduceDataCollection();
        topics.add(new TopicProduceData()
                .setTopicId(topic)
                .setPartitionData(List.of(new PartitionProduceData()
                        .setIndex(0)
                        .setRecords(MemoryRecords.withRecords(Compression.NONE, content)))));
        return new ProduceRequestData().setAcks((short) -1).setTimeoutMs(30_000).setTopicData(topics);
    }

    private static FetchRequestData fetch(Uuid topic, int bytes) {
        return new FetchRequestData()
                .setMaxWaitMs(10_000)
                .setMinBytes(1)
                .setMaxBytes(1 << 20)
                .setSessionEpoch(-1)
                .setTopics(List.of(new FetchTopic()
                        .setTopicId(topic)
                        .setPartitions(List.of(new FetchPartition()
                                .setPartition(0)
                                .setCurrentLeaderEpoch(-1)
                                .setLastFetchedEpoch(-1)
                                .setFetchOffset(0)
                                .setPartitionMaxBytes(bytes)))));
    }

    /** Bytes that the node's event loops allocate for a request like that. */
    private long allocatedBy(RawClient client, ApiMessage request) throws IOException {
        askOften(client, request);
        long before = allocated();
        askOften(client, request);
        return (allocated() - before) / ROUNDS;
    }

    private static void askOften(RawClient client, ApiMessage request) throws IOException {
        for (int i = 0; i < ROUNDS; i++) {
            ApiMessage answer = client.ask(i, VERSION, request);
            if (answer instanceof ProduceResponseData produced) {
                assertThat(produced.responses()
                                .iterator()
                                .next()
                                .partitionResponses()
                                .get(0)
                                .errorCode())
                        .isZero();
            } else if (answer instanceof FetchResponseData fetched) {
                var row = fetched.responses().get(0).partitions().get(0);
                assertThat(row.errorCode()).isZero();
                assertThat(row.records().sizeInBytes()).isPositive();
            }
        }
    }

    private long allocated() {
        long[] loops = Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(thread -> thread != null && thread.getThreadName().startsWith("data-loop-"))
                .mapToLong(ThreadInfo::getThreadId)
                .toArray();
        assertThat(loops).isNotEmpty();
        return Arrays.stream(threads.getThreadAllocatedBytes(loops)).sum();
    }
}
