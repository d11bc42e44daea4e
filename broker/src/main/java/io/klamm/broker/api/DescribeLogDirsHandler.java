/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.replication.partition.PartitionReplica;
import io.klamm.replication.partition.ReplicaRegistry;
import io.klamm.storage.log.LogDirStatus;
import io.klamm.storage.log.PartitionLog;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsPartition;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsResult;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** DescribeLogDirs: what is in the log dirs of this node, and how full their disks are (KIP-113, KIP-827). */
public final class DescribeLogDirsHandler implements ApiHandler<DescribeLogDirsRequestData> {
    private final LogDirs logDirs;
    private final ReplicaRegistry replicas;
    private final Authorizer authorizer;

    public DescribeLogDirsHandler(LogDirs logDirs, ReplicaRegistry replicas, Authorizer authorizer) {
        this.logDirs = logDirs;
        this.replicas = replicas;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_LOG_DIRS;
    }

    @Override
    public CompletionStage<DescribeLogDirsResponseData> handle(
            RequestContext context, DescribeLogDirsRequestData request) {
        if (!authorizer.allows(context, Operation.DESCRIBE, Resource.CLUSTER, "kafka-cluster")) {
            return CompletableFuture.completedFuture(
                    new DescribeLogDirsResponseData().setErrorCode(Errors.CLUSTER_AUTHORIZATION_FAILED.code()));
        }
        List<LogDirStatus> directories = logDirs.directories();
        Map<Path, Map<String, DescribeLogDirsTopic>> contents = contents(directories, asked(request));
        DescribeLogDirsResponseData response = new DescribeLogDirsResponseData();
        for (LogDirStatus directory : directories) {
            response.results()
                    .add(new DescribeLogDirsResult()
                            .setErrorCode((directory.online() ? Errors.NONE : Errors.KAFKA_STORAGE_ERROR).code())
                            .setLogDir(directory.path().toString())
                            .setTopics(new ArrayList<>(contents.getOrDefault(directory.path(), Map.of())
                                    .values()))
                            .setTotalBytes(directory.totalBytes())
                            .setUsableBytes(directory.usableBytes()));
        }
        return CompletableFuture.completedFuture(response);
    }

    /** Null when everything is asked for. */
    private static @Nullable Map<String, Set<Integer>> asked(DescribeLogDirsRequestData request) {
        if (request.topics() == null) {
            return null;
        }
        Map<String, Set<Integer>> asked = new HashMap<>();
        request.topics().forEach(topic -> asked.computeIfAbsent(topic.topic(), name -> new HashSet<>())
                .addAll(topic.partitions()));
        return asked;
    }

    private Map<Path, Map<String, DescribeLogDirsTopic>> contents(
            List<LogDirStatus> directories, @Nullable Map<String, Set<Integer>> asked) {
        Map<Uuid, Path> paths = new HashMap<>();
        directories.stream().filter(LogDirStatus::online).forEach(dir -> paths.put(dir.id(), dir.path()));
        Map<Path, Map<String, DescribeLogDirsTopic>> contents = new HashMap<>();
        for (PartitionReplica replica : replicas.replicas()) {
            PartitionLog log = replica.log();
            int partition = replica.id().partition();
            boolean wanted = asked == null
                    || asked.getOrDefault(replica.topic(), Set.of()).contains(partition);
            Path path = log == null ? null : paths.get(log.directoryId());
            if (log == null || path == null || !wanted) {
                continue;
            }
            // Behind by what is known to be committed and is not here.
            long lag = Math.max(0, replica.highWatermark() - log.logEndOffset());
            topic(contents, path, replica.topic()).add(row(partition, log.sizeInBytes(), lag, false));
            LogDirs.Moving moving = logDirs.moving(replica.id());
            if (moving != null) {
                long toGo = Math.max(0, log.logEndOffset() - moving.logEndOffset());
                topic(contents, moving.directory(), replica.topic())
                        .add(row(partition, moving.sizeInBytes(), toGo, true));
            }
        }
        return contents;
    }

    private static List<DescribeLogDirsPartition> topic(
            Map<Path, Map<String, DescribeLogDirsTopic>> contents, Path path, String name) {
        return contents.computeIfAbsent(path, any -> new TreeMap<>())
                .computeIfAbsent(name, any -> new DescribeLogDirsTopic().setName(name))
                .partitions();
    }

    private static DescribeLogDirsPartition row(int partition, long size, long lag, boolean future) {
        return new DescribeLogDirsPartition()
                .setPartitionIndex(partition)
                .setPartitionSize(size)
                .setOffsetLag(lag)
                .setIsFutureKey(future);
    }
}
