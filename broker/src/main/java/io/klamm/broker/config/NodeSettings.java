/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import static io.klamm.broker.config.SettingType.BOOLEAN;
import static io.klamm.broker.config.SettingType.INT;
import static io.klamm.broker.config.SettingType.LIST;
import static io.klamm.broker.config.SettingType.LONG;
import static io.klamm.broker.config.SettingType.SHORT;
import static io.klamm.broker.config.SettingType.STRING;
import static io.klamm.broker.config.ValueRule.any;
import static io.klamm.broker.config.ValueRule.atLeast;
import static io.klamm.broker.config.ValueRule.atLeastOr;
import static io.klamm.broker.config.ValueRule.between;
import static io.klamm.broker.config.ValueRule.notBlank;
import static io.klamm.broker.config.ValueRule.someOf;

import io.klamm.metadata.controller.ElectionSettings;
import io.klamm.metadata.image.Cordon;
import java.util.ArrayList;
import java.util.List;

/** What a node reads from its properties file, apart from the defaults of logs ({@link LogSettings}). */
public final class NodeSettings {
    private NodeSettings() {}

    // Identity and quorum

    public static final Setting<Integer> NODE_ID = Setting.of(
            "node.id",
            INT,
            null,
            atLeast(0),
            "Id of this node, unique in the cluster. broker.id is read when it is missing.");

    public static final Setting<Integer> BROKER_ID =
            Setting.of("broker.id", INT, null, atLeastOr(0, -1), "Kafka's older name of node.id.");

    public static final Setting<List<String>> PROCESS_ROLES = Setting.of(
            "process.roles",
            LIST,
            null,
            someOf("broker", "controller"),
            "What this node does: broker,controller for a voter that also stores records, broker, or controller.");

    public static final Setting<String> CLUSTER_ID = Setting.of(
            "cluster.id",
            STRING,
            null,
            new ValueRule<>("1 to 64 letters, digits, '-' or '_'", id -> id.matches("[A-Za-z0-9_-]{1,64}")),
            "Id of the cluster. Without it the id follows from controller.quorum.voters, so all nodes must spell it"
                    + " alike.");

    public static final Setting<List<String>> QUORUM_VOTERS = Setting.of(
            "controller.quorum.voters",
            LIST,
            null,
            any(),
            "The voters of the metadata quorum as id@host:port,... with the address of each one's CONTROLLER"
                    + " listener.");

    public static final Setting<List<String>> QUORUM_BOOTSTRAP_SERVERS = Setting.of(
            "controller.quorum.bootstrap.servers",
            LIST,
            null,
            any(),
            "Accepted instead of controller.quorum.voters when its single address is this node's own CONTROLLER"
                    + " listener.");

    public static final Setting<Integer> RAFT_PORT_OFFSET = Setting.of(
            "raft.port.offset",
            INT,
            "10000",
            between(-65_535, 65_535),
            "Raft listens on the port of the CONTROLLER listener plus this; the same on all voters.");

    public static final Setting<Boolean> QUORUM_JOIN = Setting.of(
            "quorum.join",
            BOOLEAN,
            "false",
            any(),
            "A voter with an empty metadata directory waits to be taken into the quorum by klamm quorum add or"
                    + " replace, instead of forming one.");

    public static final Setting<Integer> METADATA_DIGEST_INTERVAL = Setting.of(
            "metadata.digest.interval.facts",
            INT,
            "1000",
            between(10, 1_000_000),
            "After so many facts every node compares a digest of its metadata with the active controller's; the same"
                    + " on all nodes.");

    public static final Setting<Integer> SNAPSHOT_TRIGGER_ENTRIES = Setting.of(
            "quorum.snapshot.trigger.entries",
            INT,
            "2000",
            between(10, 1_000_000),
            "A voter takes a snapshot of the metadata after so many entries, and deletes the log before it.");

    public static final Setting<Integer> ELECTION_TIMEOUT_MIN_MS = Setting.of(
            "quorum.election.timeout.min.ms",
            INT,
            "300",
            atLeast(50),
            "A voter that hears nothing from the leader for a random time from this on stands for election.");

    public static final Setting<Integer> ELECTION_TIMEOUT_MAX_MS = Setting.of(
            "quorum.election.timeout.max.ms", INT, "600", atLeast(60), "Upper bound of the election time-out.");

    public static final Setting<Integer> BROKER_HEARTBEAT_INTERVAL_MS = Setting.of(
            "broker.heartbeat.interval.ms",
            INT,
            "500",
            atLeast(10),
            "Time between heartbeats of a broker to the controller.");

    public static final Setting<Integer> BROKER_SESSION_TIMEOUT_MS = Setting.of(
            "broker.session.timeout.ms",
            INT,
            "3000",
            atLeast(100),
            "A broker whose host went silent is fenced after this time. A dead process is noticed at once.");

    public static final Setting<Long> UNCLEAN_RECOVERY_TIMEOUT_MS = Setting.of(
            "unclean.recovery.timeout.ms",
            LONG,
            "-1",
            atLeastOr(0, -1),
            "How long a partition without any eligible replica waits for all of its last known in-sync replicas before"
                    + " the longest log among those that reported wins; -1 waits for all of them.");

    // Listeners

    public static final Setting<List<String>> LISTENERS = Setting.of(
            "listeners",
            LIST,
            null,
            any(),
            "Sockets to listen on, NAME://host:port,...; an empty host means all interfaces. Voters need one of"
                    + " controller.listener.names. Default for a node that is only a broker: PLAINTEXT://:9092.");

    public static final Setting<List<String>> ADVERTISED_LISTENERS = Setting.of(
            "advertised.listeners",
            LIST,
            null,
            any(),
            "Addresses that clients and other brokers are told. Default: listeners, with this host's name for an empty"
                    + " host.");

    public static final Setting<List<String>> LISTENER_SECURITY_PROTOCOL_MAP = Setting.of(
            "listener.security.protocol.map",
            LIST,
            "PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL",
            any(),
            "Security protocol by listener name. Only PLAINTEXT is served so far. A controller listener that is not"
                    + " named here is PLAINTEXT.");

    public static final Setting<List<String>> CONTROLLER_LISTENER_NAMES = Setting.of(
            "controller.listener.names",
            LIST,
            "CONTROLLER",
            new ValueRule<>("one name", list -> list.size() == 1),
            "Name of the listener on which voters serve brokers and each other.");

    public static final Setting<String> INTER_BROKER_LISTENER_NAME = Setting.of(
            "inter.broker.listener.name",
            STRING,
            null,
            notBlank(),
            "Listener that brokers use among themselves. Default: PLAINTEXT if there is one, else the first of"
                    + " listeners.");

    public static final Setting<String> SECURITY_INTER_BROKER_PROTOCOL = Setting.of(
            "security.inter.broker.protocol",
            STRING,
            "PLAINTEXT",
            ValueRule.oneOf("PLAINTEXT"),
            "Protocol among brokers when inter.broker.listener.name is not set.");

    public static final Setting<String> BROKER_RACK = Setting.of(
            "broker.rack",
            STRING,
            null,
            notBlank(),
            "Rack of this broker: replicas are spread over racks, and consumers may read in theirs.");

    // Directories

    public static final Setting<List<String>> LOG_DIRS = Setting.of(
            "log.dirs",
            LIST,
            null,
            new ValueRule<>("at least one", list -> !list.isEmpty()),
            "Directories for partitions, separated by commas. Required; log.dir is read when it is missing.");

    public static final Setting<String> LOG_DIR =
            Setting.of("log.dir", STRING, null, notBlank(), "A single directory for partitions.");

    public static final Setting<String> METADATA_LOG_DIR = Setting.of(
            "metadata.log.dir",
            STRING,
            null,
            notBlank(),
            "Directory for the metadata log of a voter. Default: the first of log.dirs.");

    public static final Setting<Long> LOG_DIR_RESERVE_BYTES = Setting.of(
            "log.dir.reserve.bytes",
            LONG,
            "-1",
            atLeastOr(0, -1),
            "Bytes to keep free on the disk of each log dir. Below it producers are refused with the retriable"
                    + " KAFKA_STORAGE_ERROR until there is room again; below half of it followers stop too. Consumers,"
                    + " deletion, retention and metadata go on and live off the reserve, which a disk that is really full"
                    + " would not let them. -1 means the smaller of 1 GiB, which is more than can be written between two"
                    + " looks, and a twentieth of the disk; 0 means none.");

    public static final Setting<Integer> RECOVERY_THREADS_PER_DATA_DIR = Setting.of(
            "num.recovery.threads.per.data.dir",
            INT,
            "2",
            atLeast(1),
            "Threads per directory that load logs at start and check them after an unclean stop.");

    // Topics and replication

    public static final Setting<Integer> NUM_PARTITIONS = Setting.of(
            "num.partitions", INT, "1", atLeast(1), "Partitions of a topic that is created without a number.");

    public static final Setting<Short> DEFAULT_REPLICATION_FACTOR = Setting.of(
            "default.replication.factor",
            SHORT,
            "-1",
            atLeastOr(1, -1),
            "Replicas of a topic that is created without a number; -1 means three, or all brokers when there are"
                    + " fewer.");

    public static final Setting<Integer> MIN_INSYNC_REPLICAS = Setting.clusterOnly(
            "min.insync.replicas",
            INT,
            "-1",
            atLeastOr(1, -1),
            "Replicas that must have a record before acks=all is answered; -1 means 2 for topics with more than one"
                    + " replica. Never more than a topic has replicas.");

    public static final Setting<Boolean> AUTO_LEADER_REBALANCE_ENABLE = Setting.clusterOnly(
            ElectionSettings.REBALANCE,
            BOOLEAN,
            "true",
            any(),
            "Whether leaders go back to the first replica of their partitions when it is in sync again.");

    public static final Setting<Long> LEADER_IMBALANCE_CHECK_INTERVAL_SECONDS = Setting.clusterOnly(
            ElectionSettings.CHECK_INTERVAL_SECONDS,
            LONG,
            "300",
            between(1, 31_536_000),
            "Time between looks at where leaders are.");

    public static final Setting<Integer> LEADER_IMBALANCE_PER_BROKER_PERCENTAGE = Setting.clusterOnly(
            ElectionSettings.IMBALANCE_PERCENTAGE,
            INT,
            "10",
            between(0, 100),
            "How many of the partitions that a broker should lead others may lead, of 100, before leaders are moved.");

    public static final Setting<Boolean> AUTO_CREATE_TOPICS_ENABLE = Setting.of(
            "auto.create.topics.enable",
            BOOLEAN,
            "true",
            any(),
            "Whether a topic is created when a client that allows it asks for its metadata.");

    public static final Setting<Long> REPLICA_LAG_TIME_MAX_MS = Setting.of(
            "replica.lag.time.max.ms",
            LONG,
            "30000",
            atLeast(100),
            "A follower that has not caught up with its leader for this long leaves the in-sync replicas.");

    public static final Setting<Integer> NUM_REPLICA_FETCHERS = Setting.of(
            "num.replica.fetchers", INT, "1", between(1, 64), "Fetch sessions of a follower to each leader.");

    public static final Setting<Integer> REPLICA_FETCH_MAX_BYTES = Setting.of(
            "replica.fetch.max.bytes",
            INT,
            "1048576",
            atLeast(1),
            "Bytes of one partition in a follower's fetch; a larger batch still passes.");

    public static final Setting<Integer> REPLICA_FETCH_RESPONSE_MAX_BYTES = Setting.of(
            "replica.fetch.response.max.bytes",
            INT,
            "10485760",
            atLeast(1),
            "Bytes of a whole answer to a follower's fetch; a larger batch still passes.");

    public static final Setting<Integer> REPLICA_FETCH_MIN_BYTES =
            Setting.of("replica.fetch.min.bytes", INT, "1", atLeast(0), "Bytes that a follower's fetch waits for.");

    public static final Setting<Integer> REPLICA_FETCH_WAIT_MAX_MS = Setting.of(
            "replica.fetch.wait.max.ms",
            INT,
            "500",
            atLeast(1),
            "How long a follower's fetch waits at the leader for records. Must be below replica.lag.time.max.ms.");

    public static final Setting<Integer> REPLICA_FETCH_BACKOFF_MS = Setting.of(
            "replica.fetch.backoff.ms", INT, "1000", atLeast(0), "Longest pause of a follower after a failed fetch.");

    /** The value of replica.selector.class that sends consumers to replicas in their racks. */
    public static final String RACK_AWARE_SELECTOR = "org.apache.kafka.common.replica.RackAwareReplicaSelector";

    public static final Setting<String> REPLICA_SELECTOR_CLASS = Setting.of(
            "replica.selector.class",
            STRING,
            null,
            ValueRule.oneOf("org.apache.kafka.common.replica.LeaderSelector", RACK_AWARE_SELECTOR),
            "Where consumers read from (KIP-392): from the leader, which is the default, or from a replica in sync in"
                    + " the rack that they name (client.rack). Only Kafka's own two classes are known, by their names.");

    public static final Setting<Integer> REPLICA_SOCKET_TIMEOUT_MS = Setting.of(
            "replica.socket.timeout.ms",
            INT,
            "30000",
            atLeast(100),
            "How long a broker waits for the answer of another one before it drops the connection.");

    public static final Setting<List<String>> CORDONED_LOG_DIRS = new Setting<>(
            Cordon.KEY,
            LIST,
            "",
            new ValueRule<>(
                    "empty or *, since a broker is cordoned as a whole",
                    dirs -> dirs.isEmpty() || dirs.equals(List.of(Cordon.ALL))),
            Setting.Mode.PER_BROKER,
            Setting.Status.SERVED,
            "With *, the broker gets no new replicas (KIP-1066). Set while the cluster runs, never in a node's file.");

    public static final Setting<Long> LEADER_REPLICATION_THROTTLED_RATE = Setting.dynamic(
            "leader.replication.throttled.rate",
            LONG,
            "9223372036854775807",
            atLeast(0),
            "Bytes per second that this broker sends, as leader, to the followers that"
                    + " leader.replication.throttled.replicas of their topics names.");

    public static final Setting<Long> FOLLOWER_REPLICATION_THROTTLED_RATE = Setting.dynamic(
            "follower.replication.throttled.rate",
            LONG,
            "9223372036854775807",
            atLeast(0),
            "Bytes per second that this broker fetches for the replicas that follower.replication.throttled.replicas"
                    + " of their topics names.");

    public static final Setting<Long> REPLICA_ALTER_LOG_DIRS_IO_MAX_BYTES_PER_SECOND = Setting.dynamic(
            "replica.alter.log.dirs.io.max.bytes.per.second",
            LONG,
            "9223372036854775807",
            atLeast(0),
            "Bytes per second of all moves between log dirs of this broker.");

    // Network

    public static final Setting<Integer> NUM_NETWORK_THREADS =
            Setting.of("num.network.threads", INT, "3", between(1, 256), "Event loops that serve client connections.");

    public static final Setting<Integer> NUM_IO_THREADS = Setting.of(
            "num.io.threads", INT, "8", between(1, 256), "Upper bound of threads for work that may block on a disk.");

    public static final Setting<Integer> SOCKET_SEND_BUFFER_BYTES = Setting.of(
            "socket.send.buffer.bytes", INT, "102400", atLeastOr(1, -1), "SO_SNDBUF; -1 leaves it to the system.");

    public static final Setting<Integer> SOCKET_RECEIVE_BUFFER_BYTES = Setting.of(
            "socket.receive.buffer.bytes", INT, "102400", atLeastOr(1, -1), "SO_RCVBUF; -1 leaves it to the system.");

    public static final Setting<Integer> SOCKET_REQUEST_MAX_BYTES = Setting.of(
            "socket.request.max.bytes",
            INT,
            "104857600",
            atLeast(1024),
            "Largest request; a longer one closes the connection.");

    public static final Setting<Integer> SOCKET_LISTEN_BACKLOG_SIZE = Setting.of(
            "socket.listen.backlog.size", INT, "50", atLeast(1), "Connections that the system queues for accept.");

    public static final Setting<Long> CONNECTIONS_MAX_IDLE_MS = Setting.of(
            "connections.max.idle.ms",
            LONG,
            "600000",
            atLeastOr(1, -1),
            "A connection idle for longer is closed; -1 never.");

    public static final Setting<Integer> MAX_CONNECTIONS = Setting.of(
            "max.connections",
            INT,
            "2147483647",
            atLeast(1),
            "Connections of clients that this node accepts in all; never more than half of the files that its process may open.");

    public static final Setting<Integer> MAX_CONNECTIONS_PER_IP = Setting.of(
            "max.connections.per.ip",
            INT,
            "2147483647",
            atLeast(1),
            "Connections that this node accepts from one address.");

    public static final Setting<Long> QUEUED_MAX_REQUEST_BYTES = Setting.of(
            "queued.max.request.bytes",
            LONG,
            "67108864",
            atLeastOr(1_048_576, -1),
            "Memory for requests in progress. At the bound sockets are not read until some are answered; a single"
                    + " larger request passes alone. -1 means the default.");

    public static final Setting<Integer> FETCH_MAX_BYTES =
            Setting.of("fetch.max.bytes", INT, "57671680", atLeast(1024), "Bytes of one answer to a consumer's fetch.");

    public static final Setting<Integer> MAX_INCREMENTAL_FETCH_SESSION_CACHE_SLOTS = Setting.of(
            "max.incremental.fetch.session.cache.slots",
            INT,
            "1000",
            atLeast(0),
            "Fetch sessions that are kept (KIP-227).");

    public static final Setting<Integer> MAX_REQUEST_PARTITION_SIZE_LIMIT = Setting.of(
            "max.request.partition.size.limit",
            INT,
            "2000",
            atLeast(1),
            "Partitions in one answer of DescribeTopicPartitions (KIP-966).");

    public static final Setting<Integer> PRODUCER_ID_EXPIRATION_MS = Setting.of(
            "producer.id.expiration.ms",
            INT,
            "86400000",
            atLeast(1),
            "A partition forgets an idempotent producer after this time without a record from it.");

    static List<Setting<?>> all() {
        List<Setting<?>> settings = new ArrayList<>(List.of(
                NODE_ID,
                BROKER_ID,
                PROCESS_ROLES,
                CLUSTER_ID,
                QUORUM_VOTERS,
                QUORUM_BOOTSTRAP_SERVERS,
                RAFT_PORT_OFFSET,
                QUORUM_JOIN,
                SNAPSHOT_TRIGGER_ENTRIES,
                METADATA_DIGEST_INTERVAL,
                ELECTION_TIMEOUT_MIN_MS,
                ELECTION_TIMEOUT_MAX_MS,
                BROKER_HEARTBEAT_INTERVAL_MS,
                BROKER_SESSION_TIMEOUT_MS,
                UNCLEAN_RECOVERY_TIMEOUT_MS));
        settings.addAll(List.of(
                LISTENERS,
                ADVERTISED_LISTENERS,
                LISTENER_SECURITY_PROTOCOL_MAP,
                CONTROLLER_LISTENER_NAMES,
                INTER_BROKER_LISTENER_NAME,
                SECURITY_INTER_BROKER_PROTOCOL,
                BROKER_RACK,
                LOG_DIRS,
                LOG_DIR,
                METADATA_LOG_DIR,
                LOG_DIR_RESERVE_BYTES,
                RECOVERY_THREADS_PER_DATA_DIR));
        settings.addAll(List.of(
                NUM_PARTITIONS,
                DEFAULT_REPLICATION_FACTOR,
                MIN_INSYNC_REPLICAS,
                AUTO_LEADER_REBALANCE_ENABLE,
                LEADER_IMBALANCE_CHECK_INTERVAL_SECONDS,
                LEADER_IMBALANCE_PER_BROKER_PERCENTAGE));
        settings.addAll(List.of(
                AUTO_CREATE_TOPICS_ENABLE,
                REPLICA_LAG_TIME_MAX_MS,
                NUM_REPLICA_FETCHERS,
                REPLICA_FETCH_MAX_BYTES,
                REPLICA_FETCH_RESPONSE_MAX_BYTES,
                REPLICA_FETCH_MIN_BYTES,
                REPLICA_FETCH_WAIT_MAX_MS,
                REPLICA_FETCH_BACKOFF_MS,
                REPLICA_SELECTOR_CLASS,
                REPLICA_SOCKET_TIMEOUT_MS));
        settings.addAll(List.of(
                CORDONED_LOG_DIRS,
                LEADER_REPLICATION_THROTTLED_RATE,
                FOLLOWER_REPLICATION_THROTTLED_RATE,
                REPLICA_ALTER_LOG_DIRS_IO_MAX_BYTES_PER_SECOND));
        settings.addAll(List.of(
                NUM_NETWORK_THREADS,
                NUM_IO_THREADS,
                SOCKET_SEND_BUFFER_BYTES,
                SOCKET_RECEIVE_BUFFER_BYTES,
                SOCKET_REQUEST_MAX_BYTES,
                SOCKET_LISTEN_BACKLOG_SIZE,
                CONNECTIONS_MAX_IDLE_MS,
                MAX_CONNECTIONS,
                MAX_CONNECTIONS_PER_IP,
                QUEUED_MAX_REQUEST_BYTES,
                FETCH_MAX_BYTES,
                MAX_INCREMENTAL_FETCH_SESSION_CACHE_SLOTS,
                MAX_REQUEST_PARTITION_SIZE_LIMIT,
                PRODUCER_ID_EXPIRATION_MS));
        return settings;
    }
}
