/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.requests.MetadataResponse;

/**
 * A cluster of real node processes, on loopback unless said otherwise. Node ids start at 1; the first {@code voters} nodes are
 * combined nodes, nodes added later are brokers only. Files stay in the work folder for a look afterwards.
 */
public final class KlammCluster implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration STOP = Duration.ofSeconds(30);
    private static final int ANSWER_MS = 5_000;
    private static final int MOST_NODES = 10;

    /** Where nodes meet when clients come another way: each has an address of its own then. */
    private static final int PUBLISHED_NODES_PORT = 9092;

    /** Stands for a node's folder in the value of a property. */
    public static final String HOME = "{home}";

    /** Stands for a node's id in the value of a property. */
    public static final String NODE = "{node}";

    private final Path directory;
    private final BrokerProgram program;
    private final NodeHosts hosts;
    private final int firstPort;
    private final int voters;
    private final Map<String, String> overrides;
    private final Map<Integer, NodeProcess> nodes = new TreeMap<>();

    private KlammCluster(
            Path directory, BrokerProgram program, NodeHosts hosts, int voters, Map<String, String> overrides) {
        this.directory = directory;
        this.program = program;
        this.hosts = hosts;
        this.firstPort = Ports.block(2 * MOST_NODES, Ports.RAFT_OFFSET);
        this.voters = voters;
        this.overrides = overrides;
    }

    /**
     * Writes the configuration of a cluster; starts nothing.
     *
     * @param name becomes the folder's name
     * @param voters number of combined nodes
     * @param overrides properties of every node; {@link #HOME} in a value is the node's folder, {@link #NODE} its id
     */
    public static KlammCluster define(String name, int voters, Map<String, String> overrides) {
        return define(name, BrokerProgram.KLAMM, NodeHosts.LOOPBACK, voters, overrides);
    }

    /** The same for nodes of another program, or elsewhere. */
    public static KlammCluster define(
            String name, BrokerProgram program, NodeHosts hosts, int voters, Map<String, String> overrides) {
        try {
            Files.createDirectories(Launcher.workDirectory());
            Path directory = Files.createTempDirectory(Launcher.workDirectory(), name + "-");
            KlammCluster cluster = new KlammCluster(directory, program, hosts, voters, new LinkedHashMap<>(overrides));
            for (int id = 1; id <= voters; id++) {
                cluster.defineNode(id, "broker,controller");
            }
            return cluster;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Defines a cluster, starts it, and waits until all its brokers serve. */
    public static KlammCluster start(String name, int voters, Map<String, String> overrides) {
        KlammCluster cluster = define(name, voters, overrides);
        try {
            cluster.startAll();
            return cluster;
        } catch (Throwable e) {
            cluster.close();
            throw e;
        }
    }

    /** Starts all nodes, and waits until all brokers serve. */
    public void startAll() {
        nodes.values().forEach(NodeProcess::start);
        awaitBrokers(nodes.size());
    }

    /** Defines (and does not start) one more node, a broker outside of the quorum. */
    public NodeProcess addBroker() {
        int id = nodes.size() + 1;
        return defineNode(id, "broker");
    }

    /**
     * Defines (and does not start) one more combined node, to be taken into the quorum. The cluster must have been given a {@code
     * cluster.id}, since the voters list is another one now.
     */
    public NodeProcess addVoter() {
        int id = nodes.size() + 1;
        return defineNode(id, "broker,controller");
    }

    /** Defines (and does not start) a second process under a broker's node id, by mistake: with a port and directories of its own. */
    public NodeProcess addDouble(int nodeId) {
        return define(nodeId, "broker", directory.resolve("double-of-" + nodeId), port(MOST_NODES));
    }

    /** Port of what {@link #addDouble} defines. */
    public int doublePort() {
        return port(MOST_NODES);
    }

    private NodeProcess defineNode(int id, String roles) {
        NodeProcess node = define(id, roles, directory.resolve("node-" + id), port(id));
        nodes.put(id, node);
        return node;
    }

    private NodeProcess define(int id, String roles, Path home, int port) {
        List<String> lines = new ArrayList<>();
        boolean controller = roles.contains("controller");
        lines.add("process.roles=" + roles);
        lines.add("node.id=" + id);
        lines.add("controller.quorum.voters="
                + IntStream.rangeClosed(1, controller ? Math.max(voters, id) : voters)
                        .filter(voter -> voter <= voters || voter == id)
                        .mapToObj(voter -> voter + "@" + hosts.address(voter) + ":" + controllerPort(voter))
                        .collect(Collectors.joining(",")));
        String host = hosts.address(id);
        String clientHost = hosts.clientAddress(id);
        boolean published = !clientHost.equals(host);
        int nodesPort = published ? PUBLISHED_NODES_PORT : port;
        lines.add("listeners=PLAINTEXT://" + host + ":" + nodesPort + (published ? ",CLIENTS://:" + port : "")
                + (controller ? ",CONTROLLER://" + host + ":" + controllerPort(id) : ""));
        lines.add("advertised.listeners=PLAINTEXT://" + host + ":" + nodesPort
                + (published ? ",CLIENTS://" + clientHost + ":" + port : ""));
        lines.add("listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,CLIENTS:PLAINTEXT");
        lines.add("controller.listener.names=CONTROLLER");
        lines.add("inter.broker.listener.name=PLAINTEXT");
        lines.add("log.dirs=" + home.resolve("data"));
        overrides.forEach((key, value) ->
                lines.add(key + "=" + value.replace(HOME, home.toString()).replace(NODE, Integer.toString(id))));
        try {
            Files.createDirectories(home);
            Path config = Files.write(home.resolve("server.properties"), lines);
            program.prepare(config);
            List<String> command = new ArrayList<>(hosts.prefix(id));
            command.addAll(program.command(config));
            return new NodeProcess(id, home, hosts, command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Port of a node's client listener. */
    public int port(int nodeId) {
        return firstPort + nodeId - 1;
    }

    /** Port at which a node serves the other brokers. */
    public int nodesPort(int nodeId) {
        return hosts.clientAddress(nodeId).equals(hosts.address(nodeId)) ? port(nodeId) : PUBLISHED_NODES_PORT;
    }

    /** Port of a node's CONTROLLER listener. */
    public int controllerPort(int nodeId) {
        return firstPort + MOST_NODES + nodeId - 1;
    }

    public Path directory() {
        return directory;
    }

    public NodeProcess node(int nodeId) {
        NodeProcess node = nodes.get(nodeId);
        if (node == null) {
            throw new IllegalArgumentException("no node " + nodeId);
        }
        return node;
    }

    public List<NodeProcess> nodes() {
        return List.copyOf(nodes.values());
    }

    /** Addresses of all nodes. */
    public String bootstrap() {
        return nodes.keySet().stream().map(this::bootstrap).collect(Collectors.joining(","));
    }

    /** Address of one node. */
    public String bootstrap(int nodeId) {
        return hosts.clientAddress(nodeId) + ":" + port(nodeId);
    }

    /** Address of a node's client listener. */
    public InetSocketAddress clientAddress(int nodeId) {
        return new InetSocketAddress(hosts.clientAddress(nodeId), port(nodeId));
    }

    public Admin admin() {
        return admin(bootstrap());
    }

    public static Admin admin(String bootstrap) {
        return Admin.create(Map.of(
                CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG,
                5_000,
                "default.api.timeout.ms",
                20_000,
                CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                200));
    }

    /** Waits until {@code count} brokers are unfenced. */
    public void awaitBrokers(int count) {
        awaitBrokers(count, START);
    }

    /** The same, where it may take longer. */
    public void awaitBrokers(int count, Duration atMost) {
        // One client for all the asking: to make one costs more than the nodes can spare while they start.
        try (Admin admin = admin()) {
            Await.until(
                    count + " brokers serve; files in " + directory,
                    atMost,
                    () -> admin.describeCluster()
                                    .nodes()
                                    .get(10, TimeUnit.SECONDS)
                                    .size()
                            == count);
        }
    }

    /** Creates a topic and waits until every running node knows the leaders of all its partitions, and these lead. */
    public void createTopic(String topic, int partitions, int replicas, Map<String, String> configs) {
        createTopic(new NewTopic(topic, partitions, (short) replicas).configs(configs), partitions);
    }

    /** @param replicas of each partition, from 0 on; the first node of each leads it */
    public void createTopic(String topic, List<List<Integer>> replicas, Map<String, String> configs) {
        Map<Integer, List<Integer>> assignment = new HashMap<>();
        for (int partition = 0; partition < replicas.size(); partition++) {
            assignment.put(partition, replicas.get(partition));
        }
        createTopic(new NewTopic(topic, assignment).configs(configs), replicas.size());
    }

    private void createTopic(NewTopic created, int partitions) {
        String topic = created.name();
        // One client for all the asking: to make one costs more than the nodes can spare while they start.
        try (Admin admin = admin()) {
            create(admin, created);
            for (NodeProcess node : nodes.values()) {
                if (node.isAlive()) {
                    Await.until(
                            "node " + node.nodeId() + " knows the leaders of " + topic,
                            START,
                            () -> knowsLeaders(node.nodeId(), topic, partitions));
                }
            }
            // Only a leader in office answers this; before, what is sent to it with acks=0 is lost.
            Await.until("the leaders of " + topic + " serve", START, () -> {
                Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
                for (int partition = 0; partition < partitions; partition++) {
                    ends.put(new TopicPartition(topic, partition), OffsetSpec.latest());
                }
                return admin.listOffsets(ends).all().get(20, TimeUnit.SECONDS).size() == partitions;
            });
        }
    }

    private static void create(Admin admin, NewTopic created) {
        try {
            admin.createTopics(List.of(created)).all().get(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        } catch (Exception e) {
            // A client repeats what was not answered in time, though it may have been done.
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new AssertionError("cannot create topic " + created.name(), e);
            }
        }
    }

    /** Asks that node itself: an Admin client may ask any that it has heard of. */
    private boolean knowsLeaders(int nodeId, String topic, int partitions) throws IOException {
        try (MetadataConnection node = new MetadataConnection(clientAddress(nodeId), ANSWER_MS)) {
            List<MetadataResponsePartition> known = node.partitions(topic);
            return known.size() == partitions
                    && known.stream().allMatch(partition -> partition.leaderId() != MetadataResponse.NO_LEADER_ID);
        }
    }

    /** The topic as some node knows it; one that has not heard of it yet is asked again. */
    public TopicDescription describe(String topic) {
        try (Admin admin = admin()) {
            return Await.get("description of " + topic, START, () -> describe(admin, topic));
        }
    }

    private static TopicDescription describe(Admin admin, String topic) throws Exception {
        return Objects.requireNonNull(admin.describeTopics(List.of(topic))
                .allTopicNames()
                .get(20, TimeUnit.SECONDS)
                .get(topic));
    }

    /** Node id of the leader of a partition. */
    public int leaderOf(String topic, int partition) {
        return leaderOf(bootstrap(), topic, partition);
    }

    /** The same, as these nodes know it: those that do not answer are not asked. */
    public int leaderOf(String bootstrap, String topic, int partition) {
        try (Admin admin = admin(bootstrap)) {
            return Await.get("leader of " + topic + "-" + partition, START, () -> {
                var leader = describe(admin, topic).partitions().get(partition).leader();
                return leader == null || leader.isEmpty() ? null : leader.id();
            });
        }
    }

    /** Node ids of the leaders of all partitions, when each has one. */
    public List<Integer> leaders(String topic) {
        try (Admin admin = admin()) {
            return Await.get("leaders of " + topic, START, () -> {
                List<Integer> leaders = new ArrayList<>();
                for (TopicPartitionInfo partition : describe(admin, topic).partitions()) {
                    Node leader = partition.leader();
                    if (leader == null || leader.isEmpty()) {
                        return null;
                    }
                    leaders.add(leader.id());
                }
                return leaders;
            });
        }
    }

    /** Node id of the leader of the metadata quorum. */
    public int quorumLeader() {
        try (Admin admin = admin()) {
            return Await.get("leader of the metadata quorum", START, () -> {
                int leader = admin.describeMetadataQuorum()
                        .quorumInfo()
                        .get(10, TimeUnit.SECONDS)
                        .leaderId();
                return leader < 0 ? null : leader;
            });
        }
    }

    /** Waits until every replica of the topic is in sync. */
    public void awaitFullIsr(String topic) {
        awaitFullIsr(topic, START);
    }

    /** The same, where it may take longer. */
    public void awaitFullIsr(String topic, Duration atMost) {
        awaitFullIsr(List.of(topic), atMost);
    }

    /** The same for several topics, each within so long. */
    public void awaitFullIsr(List<String> topics, Duration atMost) {
        try (Admin admin = admin()) {
            for (String topic : topics) {
                Await.until(
                        "all replicas of " + topic + " are in sync",
                        atMost,
                        () -> describe(admin, topic).partitions().stream()
                                .allMatch(partition -> partition.isr().size()
                                                == partition.replicas().size()
                                        && partition.leader() != null));
            }
        }
    }

    /** SIGTERM to all nodes at once, and waits for them. */
    public void stop() {
        List<NodeProcess> running =
                nodes.values().stream().filter(NodeProcess::isAlive).toList();
        running.forEach(NodeProcess::terminate);
        running.forEach(node -> node.awaitExit(STOP));
    }

    /** kill -9 to all nodes at once. */
    public void killAll() {
        List<NodeProcess> running =
                nodes.values().stream().filter(NodeProcess::isAlive).toList();
        running.forEach(NodeProcess::sendKill);
        running.forEach(node -> node.awaitExit(STOP));
    }

    /** Kills whatever still runs. */
    @Override
    public void close() {
        killAll();
    }
}
