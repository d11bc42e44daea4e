/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData.AlterReplicaLogDirPartitionResult;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData.AlterReplicaLogDirTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * AlterReplicaLogDirs: moves replicas of this node between its log dirs (KIP-113). The answer says that a move has begun; how far it is
 * DescribeLogDirs tells.
 */
public final class AlterReplicaLogDirsHandler implements ApiHandler<AlterReplicaLogDirsRequestData> {
    private final Executor blocking;
    private final Supplier<MetadataImage> images;
    private final LogDirs logDirs;
    private final Authorizer authorizer;

    /** @param blocking begins the moves, which touches disks */
    public AlterReplicaLogDirsHandler(
            Supplier<MetadataImage> images, LogDirs logDirs, Authorizer authorizer, Executor blocking) {
        this.blocking = blocking;
        this.images = images;
        this.logDirs = logDirs;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ALTER_REPLICA_LOG_DIRS;
    }

    @Override
    public CompletionStage<AlterReplicaLogDirsResponseData> handle(
            RequestContext context, AlterReplicaLogDirsRequestData request) {
        AlterReplicaLogDirsRequestData copy = request.duplicate();
        return CompletableFuture.supplyAsync(() -> answer(context, copy), blocking);
    }

    private AlterReplicaLogDirsResponseData answer(RequestContext context, AlterReplicaLogDirsRequestData request) {
        boolean allowed = authorizer.allows(context, Operation.ALTER, Resource.CLUSTER, "kafka-cluster");
        MetadataImage image = images.get();
        Map<String, AlterReplicaLogDirTopicResult> results = new LinkedHashMap<>();
        request.dirs().forEach(dir -> dir.topics()
                .forEach(topic -> topic.partitions().forEach(partition -> results.computeIfAbsent(
                                topic.name(), name -> new AlterReplicaLogDirTopicResult().setTopicName(name))
                        .partitions()
                        .add(new AlterReplicaLogDirPartitionResult()
                                .setPartitionIndex(partition)
                                .setErrorCode((allowed
                                                ? move(image, topic.name(), partition, dir.path())
                                                : Errors.CLUSTER_AUTHORIZATION_FAILED)
                                        .code())))));
        return new AlterReplicaLogDirsResponseData().setResults(new ArrayList<>(results.values()));
    }

    private Errors move(MetadataImage image, String name, int partition, String path) {
        TopicImage topic = image.topic(name);
        if (topic == null || topic.partition(partition) == null) {
            return Errors.UNKNOWN_TOPIC_OR_PARTITION;
        }
        try {
            Path directory = Path.of(path);
            return directory.isAbsolute()
                    ? logDirs.move(new PartitionId(topic.id(), partition), directory.normalize())
                    : Errors.LOG_DIR_NOT_FOUND;
        } catch (InvalidPathException e) {
            return Errors.LOG_DIR_NOT_FOUND;
        }
    }
}
