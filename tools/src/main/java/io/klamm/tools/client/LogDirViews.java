/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import io.klamm.tools.output.Table;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.ReplicaInfo;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.jspecify.annotations.Nullable;

/** The log dirs of the nodes, as they tell themselves. */
final class LogDirViews {
    private LogDirViews() {}

    /**
     * @param state online or offline
     * @param replicas partitions in it
     * @param moving copies of partitions that are on their way into it
     * @param bytes what the partitions take
     * @param usableBytes what is free on its disk; null when the node does not say
     * @param totalBytes size of its disk; null when the node does not say
     */
    record LogDirView(
            int nodeId,
            String path,
            String state,
            long replicas,
            long moving,
            long bytes,
            @Nullable Long usableBytes,
            @Nullable Long totalBytes) {
        boolean online() {
            return state.equals("online");
        }
    }

    /** Of all nodes that serve; one that does not answer is left out. */
    static List<LogDirView> of(Admin admin, Connection connection, Collection<Node> brokers) throws Exception {
        TreeSet<Integer> serving = new TreeSet<>();
        brokers.stream().filter(broker -> !broker.isFenced()).forEach(broker -> serving.add(broker.id()));
        if (serving.isEmpty()) {
            return List.of();
        }
        List<LogDirView> views = new ArrayList<>();
        for (Map.Entry<Integer, KafkaFuture<Map<String, LogDirDescription>>> node :
                new TreeMap<>(admin.describeLogDirs(serving).descriptions()).entrySet()) {
            try {
                new TreeMap<>(connection.await(node.getValue()))
                        .forEach((path, dir) -> views.add(view(node.getKey(), path, dir)));
            } catch (KafkaException | CommandException e) {
                // the table of nodes says which are not well
            }
        }
        return views;
    }

    private static LogDirView view(int nodeId, String path, LogDirDescription dir) {
        long moving = dir.replicaInfos().values().stream()
                .filter(ReplicaInfo::isFuture)
                .count();
        return new LogDirView(
                nodeId,
                path,
                dir.error() == null ? "online" : "offline",
                dir.replicaInfos().size() - moving,
                moving,
                dir.replicaInfos().values().stream()
                        .mapToLong(ReplicaInfo::size)
                        .sum(),
                boxed(dir.usableBytes()),
                boxed(dir.totalBytes()));
    }

    private static @Nullable Long boxed(OptionalLong value) {
        return value.isPresent() && value.getAsLong() >= 0 ? value.getAsLong() : null;
    }

    static Table table(List<LogDirView> dirs) {
        Table table = new Table("NODE", "LOG DIR", "STATE", "REPLICAS", "MOVING", "BYTES", "USABLE", "TOTAL");
        for (LogDirView dir : dirs) {
            table.row(
                    dir.nodeId(),
                    dir.path(),
                    dir.state(),
                    dir.online() ? dir.replicas() : "-",
                    dir.online() ? dir.moving() : "-",
                    dir.online() ? dir.bytes() : "-",
                    dir.usableBytes() == null ? "-" : dir.usableBytes(),
                    dir.totalBytes() == null ? "-" : dir.totalBytes());
        }
        return table;
    }
}
