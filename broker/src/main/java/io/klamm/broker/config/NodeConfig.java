/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import io.klamm.broker.config.DescribedSetting.Synonym;
import io.klamm.broker.group.GroupConfig;
import io.klamm.broker.group.MigrationPolicy;
import io.klamm.metadata.controller.ControllerConfig;
import io.klamm.metadata.controller.ElectionSettings;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.Endpoint;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.image.ConfigKey;
import io.klamm.metadata.image.Cordon;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.quorum.QuorumConfig;
import io.klamm.storage.clean.CleanerConfig;
import io.klamm.storage.log.LogStoreConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of one node: complete, checked and immutable. Single values by {@link #get}, what belongs together by the
 * methods with a name.
 */
public final class NodeConfig {
    private static final int MAX_PARTITIONS_PER_REQUEST = 10_000;
    private static final int MAX_PRODUCERS_PER_PARTITION = 100_000;

    private final FileValues values;
    private final int nodeId;
    private final ListenerPlan listeners;
    private final List<Voter> voters;
    private final String clusterId;
    private final List<Path> logDirs;
    private final TopicConfigs topicConfigs;
    private final GroupConfigs groupConfigs;

    private NodeConfig(FileValues values) {
        this.values = values;
        nodeId = readNodeId(values);
        listeners = ListenerPlan.read(values);
        voters = VoterPlan.read(values, nodeId, listeners);
        String configured = values.find(NodeSettings.CLUSTER_ID);
        clusterId = configured != null ? configured : ClusterIds.derive(voters);
        logDirs = readLogDirs(values);
        topicConfigs = new TopicConfigs(nodeId, values.values());
        groupConfigs = new GroupConfigs(values);
        groupConfigs.check();
        checkTimes();
        if (!get(NodeSettings.CORDONED_LOG_DIRS).isEmpty()) {
            throw new ConfigException(Cordon.KEY
                    + " is set while the cluster runs, not in a node's file: the others would not" + " know of it");
        }
    }

    /**
     * Reads a file's properties.
     *
     * @param properties the file
     * @param overrides values that win over the file's
     * @throws ConfigException with one line on what is wrong
     */
    public static NodeConfig parse(Properties properties, Map<String, String> overrides) {
        Map<String, String> raw = new HashMap<>();
        for (String name : properties.stringPropertyNames()) {
            raw.put(name, properties.getProperty(name));
        }
        raw.putAll(overrides);
        if (!raw.containsKey(NodeSettings.PROCESS_ROLES.name()) && raw.containsKey("zookeeper.connect")) {
            throw new ConfigException("process.roles is missing: this file is for Kafka with ZooKeeper; set"
                    + " process.roles=broker,controller and controller.quorum.voters, there is no ZooKeeper here");
        }
        return new NodeConfig(FileValues.check(raw));
    }

    /** {@link #parse(Properties, Map)} for code and tests. */
    public static NodeConfig parse(Map<String, String> values) {
        return parse(new Properties(), values);
    }

    /** One line for each key that is accepted without a meaning here; to be logged once. */
    public List<String> warnings() {
        return values.warnings();
    }

    /** A setting's value, or its default. For settings that have a default or were checked to be there. */
    public <T> T get(Setting<T> setting) {
        return values.get(setting);
    }

    /**
     * A setting's value now: the dynamic one of this broker, else of all brokers, else as {@link #get(Setting)}. For settings that have
     * a default.
     */
    public <T> T get(MetadataImage image, Setting<T> setting) {
        for (String broker :
                setting.mode() == Setting.Mode.CLUSTER_ONLY ? List.of("") : List.of(Integer.toString(nodeId), "")) {
            String text = image.config(new ConfigKey(ConfigResourceType.BROKER, broker))
                    .get(setting.name());
            if (text != null) {
                return setting.read(text);
            }
        }
        return get(setting);
    }

    /** What a setting is without dynamic values, as text: the file's, or the default, or null when there is none. */
    @Nullable
    String startText(String name) {
        Setting<?> setting = ConfigReference.NODE.find(name);
        String text = values.values().get(name);
        return text == null && setting != null ? setting.defaultText() : text;
    }

    /** A setting's value, or its default, or null when there is none. */
    public <T> @Nullable T find(Setting<T> setting) {
        return values.find(setting);
    }

    public int nodeId() {
        return nodeId;
    }

    public boolean isBroker() {
        return values.isBroker();
    }

    /** Whether this node is a voter. */
    public boolean isController() {
        return values.isController();
    }

    /** The configured cluster id, or the one that follows from the voters list. */
    public String clusterId() {
        return clusterId;
    }

    /** Listeners for clients and brokers; empty on a node that is only a controller. */
    public List<Listener> brokerListeners() {
        return listeners.brokerListeners();
    }

    /** The CONTROLLER listener; null on a node that is only a broker. */
    public @Nullable Listener controllerListener() {
        return listeners.controllerListener();
    }

    /** Name of the controllers' listener in the whole cluster. */
    public String controllerListenerName() {
        return listeners.controllerListenerName();
    }

    /**
     * Addresses to register, one for each broker listener, in their order. A port is 0 when the listener's is and none is
     * advertised: the port that was bound takes its place.
     */
    public List<Endpoint> advertisedEndpoints() {
        return listeners.advertised();
    }

    /** Listener that brokers use among themselves; empty on a node that is only a controller. */
    public String interBrokerListenerName() {
        return listeners.interBrokerName();
    }

    /** Voters as configured; directory ids are ZERO_UUID. */
    public List<Voter> voters() {
        return voters;
    }

    /** Directories for partitions; absolute. At least one. */
    public List<Path> logDirs() {
        return logDirs;
    }

    /** Where a voter keeps its metadata log. */
    public Path quorumDirectory() {
        String configured = find(NodeSettings.METADATA_LOG_DIR);
        Path parent = configured == null
                ? logDirs.get(0)
                : Path.of(configured).toAbsolutePath().normalize();
        return parent.resolve("__cluster_metadata-0");
    }

    public @Nullable String rack() {
        return find(NodeSettings.BROKER_RACK);
    }

    public LogStoreConfig logStoreConfig() {
        return new LogStoreConfig(
                nodeId,
                clusterId,
                logDirs,
                get(NodeSettings.RECOVERY_THREADS_PER_DATA_DIR),
                get(NodeSettings.PRODUCER_ID_EXPIRATION_MS),
                MAX_PRODUCERS_PER_PARTITION,
                get(NodeSettings.LOG_DIR_RESERVE_BYTES));
    }

    /** Settings of the cleaner as the image has them. */
    public CleanerConfig cleanerConfig(MetadataImage image) {
        return new CleanerConfig(
                get(image, LogSettings.CLEANER_THREADS),
                get(image, LogSettings.CLEANER_DEDUPE_BUFFER_SIZE),
                get(image, LogSettings.CLEANER_IO_BUFFER_LOAD_FACTOR),
                get(image, LogSettings.CLEANER_IO_BUFFER_SIZE),
                get(image, LogSettings.CLEANER_IO_MAX_BYTES_PER_SECOND),
                get(image, LogSettings.CLEANER_BACKOFF_MS));
    }

    /** What single groups may set. */
    public GroupConfigs groups() {
        return groupConfigs;
    }

    public GroupConfig groupConfig() {
        return new GroupConfig(
                new GroupConfig.Classic(
                        get(GroupSettings.MIN_SESSION_TIMEOUT_MS),
                        get(GroupSettings.MAX_SESSION_TIMEOUT_MS),
                        get(GroupSettings.INITIAL_REBALANCE_DELAY_MS),
                        get(GroupSettings.MAX_SIZE)),
                new GroupConfig.Consumer(
                        get(ConsumerGroupSettings.SESSION_TIMEOUT_MS),
                        get(ConsumerGroupSettings.HEARTBEAT_INTERVAL_MS),
                        get(ConsumerGroupSettings.MAX_SIZE),
                        get(ConsumerGroupSettings.REGEX_REFRESH_INTERVAL_MS),
                        MigrationPolicy.of(get(ConsumerGroupSettings.MIGRATION_POLICY)),
                        get(ConsumerGroupSettings.ASSIGNORS)),
                get(GroupSettings.OFFSET_METADATA_MAX_BYTES),
                TimeUnit.MINUTES.toMillis(get(GroupSettings.OFFSETS_RETENTION_MINUTES)),
                get(GroupSettings.OFFSETS_COMMIT_TIMEOUT_MS));
    }

    public QuorumConfig quorumConfig() {
        return new QuorumConfig(
                nodeId,
                clusterId,
                voters,
                quorumDirectory(),
                get(NodeSettings.RAFT_PORT_OFFSET),
                get(NodeSettings.ELECTION_TIMEOUT_MIN_MS),
                get(NodeSettings.ELECTION_TIMEOUT_MAX_MS),
                ratisProperties());
    }

    /** Those given for experts win over those that follow from settings of our own. */
    private Map<String, String> ratisProperties() {
        Map<String, String> properties = new HashMap<>();
        properties.put(
                "raft.server.snapshot.auto.trigger.threshold",
                String.valueOf(get(NodeSettings.SNAPSHOT_TRIGGER_ENTRIES)));
        properties.putAll(values.ratisProperties());
        return properties;
    }

    public ControllerConfig controllerConfig() {
        return new ControllerConfig(
                get(NodeSettings.BROKER_SESSION_TIMEOUT_MS),
                get(NodeSettings.NUM_PARTITIONS),
                get(NodeSettings.DEFAULT_REPLICATION_FACTOR),
                get(NodeSettings.MIN_INSYNC_REPLICAS),
                MAX_PARTITIONS_PER_REQUEST,
                new ElectionSettings(
                        get(NodeSettings.UNCLEAN_RECOVERY_TIMEOUT_MS),
                        get(LogSettings.UNCLEAN_LEADER_ELECTION_ENABLE),
                        get(NodeSettings.AUTO_LEADER_REBALANCE_ENABLE),
                        TimeUnit.SECONDS.toMillis(get(NodeSettings.LEADER_IMBALANCE_CHECK_INTERVAL_SECONDS)),
                        get(NodeSettings.LEADER_IMBALANCE_PER_BROKER_PERCENTAGE)));
    }

    /** Settings of topics, resolved with this node's defaults. */
    public TopicConfigs topics() {
        return topicConfigs;
    }

    /** All settings of this node that have a meaning, for DescribeConfigs of a broker. */
    public List<DescribedSetting> describe(MetadataImage image) {
        Map<String, String> own = image.config(new ConfigKey(ConfigResourceType.BROKER, Integer.toString(nodeId)));
        Map<String, String> all = image.config(new ConfigKey(ConfigResourceType.BROKER, ""));
        List<DescribedSetting> described = new ArrayList<>();
        for (Setting<?> setting : ConfigReference.NODE.all()) {
            if (setting.status() != Setting.Status.SERVED) {
                continue;
            }
            String name = setting.name();
            List<Synonym> synonyms = new ArrayList<>();
            if (setting.mode() != Setting.Mode.CLUSTER_ONLY) {
                addIfSet(synonyms, name, own.get(name), SettingSource.DYNAMIC_BROKER);
            }
            addIfSet(synonyms, name, all.get(name), SettingSource.DYNAMIC_DEFAULT_BROKER);
            addIfSet(synonyms, name, values.values().get(name), SettingSource.STATIC_BROKER);
            addIfSet(synonyms, name, setting.defaultText(), SettingSource.DEFAULT);
            boolean none = synonyms.isEmpty();
            described.add(new DescribedSetting(
                    setting,
                    none || setting.sensitive() ? null : synonyms.get(0).value(),
                    none ? SettingSource.DEFAULT : synonyms.get(0).source(),
                    setting.mode() == Setting.Mode.READ_ONLY,
                    setting.sensitive() ? List.of() : List.copyOf(synonyms)));
        }
        return described;
    }

    private static void addIfSet(List<Synonym> synonyms, String name, @Nullable String value, SettingSource source) {
        if (value != null) {
            synonyms.add(new Synonym(name, value, source));
        }
    }

    private static int readNodeId(FileValues values) {
        Integer id = values.find(NodeSettings.NODE_ID);
        Integer brokerId = values.find(NodeSettings.BROKER_ID);
        if (id != null && brokerId != null && !id.equals(brokerId)) {
            throw new ConfigException("node.id=" + id + " and broker.id=" + brokerId + " differ: keep node.id");
        }
        if (id != null) {
            return id;
        }
        if (brokerId == null || brokerId < 0) {
            throw new ConfigException("node.id is missing: give every node of the cluster its own number");
        }
        return brokerId;
    }

    private static List<Path> readLogDirs(FileValues values) {
        List<String> dirs = values.find(NodeSettings.LOG_DIRS);
        if (dirs == null) {
            String dir = values.find(NodeSettings.LOG_DIR);
            if (dir == null) {
                throw new ConfigException("log.dirs is missing: name the directory for this node's data");
            }
            dirs = List.of(dir);
        }
        List<Path> paths = dirs.stream()
                .map(dir -> Path.of(dir).toAbsolutePath().normalize())
                .toList();
        Set<Path> seen = new HashSet<>();
        for (Path path : paths) {
            if (!seen.add(path)) {
                throw new ConfigException("log.dirs names " + path + " twice");
            }
        }
        return paths;
    }

    private void checkTimes() {
        int heartbeat = get(NodeSettings.BROKER_HEARTBEAT_INTERVAL_MS);
        int session = get(NodeSettings.BROKER_SESSION_TIMEOUT_MS);
        if (heartbeat * 2L > session) {
            throw new ConfigException("broker.session.timeout.ms=" + session
                    + " must be at least twice broker.heartbeat.interval.ms=" + heartbeat);
        }
        int electionMin = get(NodeSettings.ELECTION_TIMEOUT_MIN_MS);
        int electionMax = get(NodeSettings.ELECTION_TIMEOUT_MAX_MS);
        if (electionMax <= electionMin) {
            throw new ConfigException("quorum.election.timeout.max.ms=" + electionMax
                    + " must be above quorum.election.timeout.min.ms=" + electionMin);
        }
        int wait = get(NodeSettings.REPLICA_FETCH_WAIT_MAX_MS);
        long lag = get(NodeSettings.REPLICA_LAG_TIME_MAX_MS);
        if (wait > lag) {
            throw new ConfigException(
                    "replica.fetch.wait.max.ms=" + wait + " must not be above replica.lag.time.max.ms=" + lag);
        }
    }
}
