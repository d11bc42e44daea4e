/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.security.Authorizer;
import io.klamm.metadata.fact.PartitionCreated;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.fact.TopicCreated;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.storage.log.LogDirStatus;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData.AlterReplicaLogDir;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData.AlterReplicaLogDirTopic;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LogDirHandlersTest {
    private static final Uuid TOPIC = new Uuid(1, 1);
    private static final Path GOOD = Path.of("/disks/good");
    private static final Path BAD = Path.of("/disks/bad");
    private static final MetadataImage IMAGE = MetadataImage.EMPTY.apply(List.of(
            new TopicCreated(TOPIC, "orders"),
            new PartitionCreated(
                    TOPIC,
                    0,
                    new PartitionState(
                            List.of(1),
                            List.of(Uuid.ZERO_UUID),
                            List.of(1),
                            List.of(),
                            List.of(),
                            List.of(),
                            List.of(),
                            1,
                            0,
                            0))));

    private final List<String> moved = new ArrayList<>();
    private final LogDirs dirs = new LogDirs() {
        @Override
        public List<LogDirStatus> directories() {
            return List.of(
                    new LogDirStatus(GOOD, new Uuid(5, 5), true, 1000, 400),
                    new LogDirStatus(BAD, Uuid.ZERO_UUID, false, -1, -1));
        }

        @Override
        public @Nullable Moving moving(PartitionId id) {
            return null;
        }

        @Override
        public Errors move(PartitionId id, Path directory) {
            moved.add(id.partition() + " to " + directory);
            return directory.equals(BAD) ? Errors.KAFKA_STORAGE_ERROR : Errors.NONE;
        }
    };

    @Test
    void dirsAreToldWithTheirDisksAndTheirErrorsInEveryVersion() {
        DescribeLogDirsHandler handler = new DescribeLogDirsHandler(dirs, new TestReplicas(), Authorizer.ALLOW_ALL);
        for (int version : TestRequests.versions(ApiKeys.DESCRIBE_LOG_DIRS)) {
            DescribeLogDirsResponseData answer = TestRequests.answered(
                    handler.handle(
                            TestRequests.context(ApiKeys.DESCRIBE_LOG_DIRS, version),
                            new DescribeLogDirsRequestData().setTopics(null)),
                    ApiKeys.DESCRIBE_LOG_DIRS,
                    version);
            assertThat(answer.errorCode()).isZero();
            boolean sized = version >= 4;
            assertThat(answer.results())
                    .extracting(result -> result.logDir() + " " + Errors.forCode(result.errorCode()) + " "
                            + result.usableBytes() + "/" + result.totalBytes())
                    .containsExactly(
                            "/disks/good NONE " + (sized ? "400/1000" : "-1/-1"),
                            "/disks/bad KAFKA_STORAGE_ERROR -1/-1");
        }
    }

    @Test
    void whoMayNotDescribeOrAlterTheClusterDoesNot() throws Exception {
        Authorizer nobody = (context, operation, resource, name) -> false;
        assertThat(new DescribeLogDirsHandler(dirs, new TestReplicas(), nobody)
                        .handle(TestRequests.context(ApiKeys.DESCRIBE_LOG_DIRS, 4), new DescribeLogDirsRequestData())
                        .toCompletableFuture()
                        .get()
                        .errorCode())
                .isEqualTo(Errors.CLUSTER_AUTHORIZATION_FAILED.code());
        assertThat(alter(nobody, GOOD.toString(), "orders", 0)).containsValue(Errors.CLUSTER_AUTHORIZATION_FAILED);
        assertThat(moved).isEmpty();
    }

    @Test
    void eachMoveIsAnsweredForItself() throws Exception {
        assertThat(alter(Authorizer.ALLOW_ALL, GOOD.toString(), "orders", 0, 7))
                .containsEntry(0, Errors.NONE)
                .containsEntry(7, Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(alter(Authorizer.ALLOW_ALL, "/disks/x/../good/", "orders", 0))
                .containsEntry(0, Errors.NONE);
        assertThat(alter(Authorizer.ALLOW_ALL, BAD.toString(), "orders", 0))
                .containsEntry(0, Errors.KAFKA_STORAGE_ERROR);
        assertThat(moved).containsExactly("0 to /disks/good", "0 to /disks/good", "0 to /disks/bad");
        assertThat(alter(Authorizer.ALLOW_ALL, "relative", "orders", 0)).containsEntry(0, Errors.LOG_DIR_NOT_FOUND);
        assertThat(alter(Authorizer.ALLOW_ALL, "/a\0b", "orders", 0)).containsEntry(0, Errors.LOG_DIR_NOT_FOUND);
        assertThat(alter(Authorizer.ALLOW_ALL, GOOD.toString(), "unknown", 0))
                .containsEntry(0, Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }

    private Map<Integer, Errors> alter(Authorizer authorizer, String path, String topic, Integer... partitions)
            throws Exception {
        AlterReplicaLogDir dir = new AlterReplicaLogDir().setPath(path);
        dir.topics().add(new AlterReplicaLogDirTopic().setName(topic).setPartitions(List.of(partitions)));
        AlterReplicaLogDirsRequestData request = new AlterReplicaLogDirsRequestData();
        request.dirs().add(dir);
        AlterReplicaLogDirsResponseData answer = new AlterReplicaLogDirsHandler(
                        () -> IMAGE, dirs, authorizer, Runnable::run)
                .handle(TestRequests.context(ApiKeys.ALTER_REPLICA_LOG_DIRS, 2), request)
                .toCompletableFuture()
                .get();
        Map<Integer, Errors> errors = new TreeMap<>();
        answer.results().forEach(result -> result.partitions()
                .forEach(row -> errors.put(row.partitionIndex(), Errors.forCode(row.errorCode()))));
        return errors;
    }
}
