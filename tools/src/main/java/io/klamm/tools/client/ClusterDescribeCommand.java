/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import io.klamm.tools.client.LogDirViews.LogDirView;
import io.klamm.tools.output.Table;
import io.klamm.tools.quorum.QuorumHealth;
import io.klamm.tools.quorum.QuorumInspector;
import io.klamm.tools.quorum.VoterAnswer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code klamm cluster describe}. */
@Command(
        name = "describe",
        description =
                "Show nodes and their roles, who leads the quorum, and partitions and log dirs that are not as they should be.")
final class ClusterDescribeCommand extends ClientCommand {

    /**
     * @param state serving, fenced (registered but not alive, or not ready), controller (a voter that stores no records), or
     *     silent (without a quorum: a voter that does not answer)
     * @param leaders partitions that the node leads
     * @param replicas partitions that it has a replica of
     */
    record NodeView(
            int nodeId,
            @Nullable String address,
            @Nullable String rack,
            List<String> roles,
            String state,
            boolean quorumLeader,
            long leaders,
            long replicas) {}

    /** A partition that is not as it should be. */
    record TroubledPartition(String topic, PartitionView partition) {}

    /**
     * What {@code --json} prints.
     *
     * @param problem why there is no quorum, or null; without a quorum the rest is what some node knew last
     * @param logDirs those that are offline, or with --dirs all
     */
    record ClusterView(
            String clusterId,
            @Nullable String problem,
            int quorumLeader,
            List<NodeView> nodes,
            int topics,
            int partitions,
            List<TroubledPartition> offline,
            List<TroubledPartition> underReplicated,
            List<LogDirView> logDirs) {}

    @Option(names = "--dirs", description = "Show all log dirs of the nodes; otherwise only those that are offline.")
    private boolean allDirs;

    /** Who votes and who leads, by the leader, or without one by the voters themselves. */
    private record Quorum(
            Set<Integer> voters,
            Set<Integer> silent,
            int leaderId,
            @Nullable String problem) {}

    @Override
    void run(Admin admin) throws Exception {
        Quorum quorum = quorum(admin);
        DescribeClusterResult cluster = admin.describeCluster(new DescribeClusterOptions().includeFencedBrokers(true));
        String clusterId = connection.await(cluster.clusterId());
        Collection<Node> brokers = connection.await(cluster.nodes());
        Set<String> names = new TreeSet<>(connection.await(
                admin.listTopics(new ListTopicsOptions().listInternal(true)).names()));
        List<TopicView> topics = withMinIsr(admin, TopicViews.existing(admin, connection, names));
        ClusterView view = new ClusterView(
                clusterId,
                quorum.problem(),
                quorum.leaderId(),
                nodes(brokers, quorum, topics),
                topics.size(),
                topics.stream().mapToInt(topic -> topic.partitions().size()).sum(),
                troubled(topics, true),
                troubled(topics, false),
                LogDirViews.of(admin, connection, brokers).stream()
                        .filter(dir -> allDirs || !dir.online())
                        .toList());
        output.print(view, text(view));
        if (quorum.problem() != null) {
            throw new CommandException(quorum.problem());
        }
    }

    private Quorum quorum(Admin admin) throws Exception {
        try {
            QuorumInfo quorum = QuorumDescribeCommand.leadersView(connection, admin);
            return new Quorum(
                    quorum.voters().stream()
                            .map(QuorumInfo.ReplicaState::replicaId)
                            .collect(Collectors.toSet()),
                    Set.of(),
                    quorum.leaderId(),
                    null);
        } catch (TimeoutException e) {
            QuorumHealth health = QuorumInspector.fromBrokers(connection.addresses());
            return new Quorum(
                    health.voters().stream().map(VoterAnswer::nodeId).collect(Collectors.toSet()),
                    health.voters().stream()
                            .filter(voter -> !voter.answers())
                            .map(VoterAnswer::nodeId)
                            .collect(Collectors.toSet()),
                    health.problem() != null
                            ? -1
                            : health.leader().map(VoterAnswer::nodeId).orElse(-1),
                    health.problem());
        }
    }

    /** Settings are read only of topics that lack replicas. */
    private List<TopicView> withMinIsr(Admin admin, List<TopicView> topics) throws Exception {
        TopicSettingsOf settings = TopicSettingsOf.read(
                admin,
                connection,
                topics.stream()
                        .filter(topic -> topic.partitions().stream().anyMatch(PartitionView::isUnderReplicated))
                        .toList());
        return topics.stream().map(settings::withMinIsr).toList();
    }

    private static List<NodeView> nodes(Collection<Node> brokers, Quorum quorum, List<TopicView> topics) {
        TreeMap<Integer, NodeView> nodes = new TreeMap<>();
        for (Node broker : brokers) {
            List<String> roles = new ArrayList<>(List.of("broker"));
            if (quorum.voters().contains(broker.id())) {
                roles.add("controller");
            }
            nodes.put(
                    broker.id(),
                    new NodeView(
                            broker.id(),
                            Words.address(broker),
                            broker.rack(),
                            roles,
                            state(broker, quorum),
                            broker.id() == quorum.leaderId(),
                            count(topics, partition -> partition.leader() == broker.id()),
                            count(topics, partition -> partition.replicas().contains(broker.id()))));
        }
        for (int voter : quorum.voters()) {
            nodes.computeIfAbsent(
                    voter,
                    id -> new NodeView(
                            id, null, null, List.of("controller"), "controller", id == quorum.leaderId(), 0, 0));
        }
        return List.copyOf(nodes.values());
    }

    private static String state(Node broker, Quorum quorum) {
        if (quorum.silent().contains(broker.id())) {
            return "silent";
        }
        return broker.isFenced() ? "fenced" : "serving";
    }

    private static long count(List<TopicView> topics, java.util.function.Predicate<PartitionView> which) {
        return topics.stream()
                .flatMap(topic -> topic.partitions().stream())
                .filter(which)
                .count();
    }

    private static List<TroubledPartition> troubled(List<TopicView> topics, boolean offline) {
        return topics.stream()
                .flatMap(topic -> topic.partitions().stream()
                        .filter(partition -> offline
                                ? partition.isOffline()
                                : partition.isUnderReplicated() && !partition.isOffline())
                        .map(partition -> new TroubledPartition(topic.topic(), partition)))
                .toList();
    }

    private static String text(ClusterView view) {
        StringBuilder text = new StringBuilder();
        text.append("Cluster ")
                .append(view.clusterId())
                .append(
                        view.problem() != null
                                ? ": " + view.problem() + "\n\nWhat was known last, which may be old:"
                                : ", quorum leader " + view.quorumLeader())
                .append("\n\n");
        Table nodes = new Table("NODE", "ADDRESS", "RACK", "ROLES", "STATE", "LEADS", "REPLICAS");
        for (NodeView node : view.nodes()) {
            nodes.row(
                    node.nodeId(),
                    node.address() == null ? "-" : node.address(),
                    node.rack() == null ? "-" : node.rack(),
                    String.join(",", node.roles()),
                    node.state() + (node.quorumLeader() ? ", quorum leader" : ""),
                    node.leaders(),
                    node.replicas());
        }
        text.append(nodes).append('\n');
        text.append(Words.count(view.topics(), "topic"))
                .append(", ")
                .append(Words.count(view.partitions(), "partition"))
                .append(": ")
                .append(view.offline().size())
                .append(" offline, ")
                .append(view.underReplicated().size())
                .append(" under-replicated\n");
        List<TroubledPartition> troubled = new ArrayList<>(view.offline());
        troubled.addAll(view.underReplicated());
        if (!troubled.isEmpty()) {
            Table table = new Table("TOPIC", "PARTITION", "LEADER", "REPLICAS", "ISR", "STATE");
            for (TroubledPartition one : troubled) {
                PartitionView partition = one.partition();
                table.row(
                        one.topic(),
                        partition.partition(),
                        partition.leader() < 0 ? "-" : partition.leader(),
                        Words.ids(partition.replicas()),
                        Words.ids(partition.isr()),
                        partition.state());
            }
            text.append('\n').append(table);
        }
        if (!view.logDirs().isEmpty()) {
            text.append('\n').append(LogDirViews.table(view.logDirs()));
        }
        return text.toString();
    }
}
