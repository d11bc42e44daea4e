/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.chaos;

import io.klamm.testkit.Containers;
import io.klamm.testkit.FakeClocks;
import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.LoopDisk;
import io.klamm.testkit.Namespaces;
import io.klamm.testkit.ground.Ability;
import io.klamm.testkit.ground.ClockGround;
import io.klamm.testkit.ground.ContainerGround;
import io.klamm.testkit.ground.DiskGround;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.ground.LoopbackGround;
import io.klamm.testkit.ground.NamespaceGround;
import io.klamm.testkit.workload.GroupWorkload;
import io.klamm.testkit.workload.LogWorkload;
import io.klamm.testkit.workload.TopicChurn;
import io.klamm.testkit.workload.Workload;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.GroupProtocol;

/** Which clients work on which ground. */
public enum ChaosScenario {
    /** Nodes are killed, stopped and frozen, whatever clients do. */
    NODES(Set.of(Ability.KILL, Ability.PAUSE)) {
        @Override
        public boolean available() {
            return true;
        }

        @Override
        public Ground ground(long seed) {
            return new LoopbackGround(KlammCluster.define(folder(seed), NODE_COUNT, SETTINGS));
        }

        @Override
        public List<Workload> workloads(long seed) {
            return List.of(
                    LogWorkload.strict("log", 3),
                    LogWorkload.registers("registers", 2, 20),
                    LogWorkload.weak("leader-only", 1, "1"),
                    LogWorkload.weak("unanswered", 1, "0"),
                    new GroupWorkload("classic", 3, GroupProtocol.CLASSIC, seed),
                    new GroupWorkload("consumer", 3, GroupProtocol.CONSUMER, seed),
                    new TopicChurn("churn"));
        }
    },
    /** Links between nodes are cut, lossy, slow, and connections are reset. */
    LINKS(Set.of(Ability.HARM_LINKS)) {
        @Override
        public boolean available() {
            return Namespaces.available();
        }

        @Override
        public Ground ground(long seed) {
            return NamespaceGround.define(folder(seed), NODE_COUNT, SETTINGS);
        }

        @Override
        public List<Workload> workloads(long seed) {
            return List.of(
                    LogWorkload.strict("log", 3),
                    LogWorkload.registers("registers", 2, 20),
                    new GroupWorkload("consumer", 3, GroupProtocol.CONSUMER, seed),
                    new TopicChurn("churn"));
        }
    },
    /** Disks are full and hang, and power is lost, also by all nodes at once: every topic forces each record before it is acknowledged. */
    DISKS(Set.of(Ability.HARM_DISKS, Ability.LOSE_POWER, Ability.POWER_FOR_ALL, Ability.PAUSE)) {
        @Override
        public boolean available() {
            return LoopDisk.available();
        }

        @Override
        public Ground ground(long seed) {
            // Also the topic that has the offsets of groups.
            Map<String, String> settings = new HashMap<>(SETTINGS);
            settings.put("log.flush.interval.messages", "1");
            return DiskGround.define(folder(seed), NODE_COUNT, settings, true);
        }

        @Override
        public List<Workload> workloads(long seed) {
            return List.of(
                    LogWorkload.durable("durable", 3),
                    new GroupWorkload("consumer", 3, GroupProtocol.CONSUMER, seed),
                    new TopicChurn("churn"));
        }
    },
    /** One node at a time loses power, and with it what it had not forced to its disks: the others have it. */
    POWER(Set.of(Ability.LOSE_POWER)) {
        @Override
        public boolean available() {
            return LoopDisk.available();
        }

        @Override
        public Ground ground(long seed) {
            return DiskGround.define(folder(seed), NODE_COUNT, SETTINGS, false);
        }

        @Override
        public List<Workload> workloads(long seed) {
            return List.of(
                    LogWorkload.strict("log", 3),
                    LogWorkload.registers("registers", 2, 20),
                    new GroupWorkload("consumer", 3, GroupProtocol.CONSUMER, seed));
        }
    },
    /** Wall clocks jump by up to a day, on topics that keep their records for an hour: none of them is old. */
    CLOCKS(Set.of(Ability.JUMP_CLOCKS, Ability.KILL)) {
        @Override
        public boolean available() {
            return FakeClocks.available();
        }

        @Override
        public Ground ground(long seed) {
            Map<String, String> settings = new HashMap<>(SETTINGS);
            settings.put("log.retention.check.interval.ms", "500");
            return ClockGround.define(folder(seed), NODE_COUNT, settings);
        }

        @Override
        public List<Workload> workloads(long seed) {
            return List.of(
                    LogWorkload.keptForAnHour("log", 3),
                    LogWorkload.registers("registers", 2, 20),
                    new GroupWorkload("classic", 3, GroupProtocol.CLASSIC, seed),
                    new GroupWorkload("consumer", 3, GroupProtocol.CONSUMER, seed),
                    new TopicChurn("churn"));
        }
    },
    /** Nodes are killed, stopped and frozen, and links between them harmed, in containers. */
    CONTAINERS(Set.of(Ability.KILL, Ability.PAUSE, Ability.HARM_LINKS)) {
        @Override
        public boolean available() {
            return Containers.available();
        }

        @Override
        public Ground ground(long seed) {
            return ContainerGround.define(folder(seed), NODE_COUNT, SETTINGS);
        }

        @Override
        public List<Workload> workloads(long seed) {
            return List.of(
                    LogWorkload.strict("log", 3),
                    new GroupWorkload("consumer", 3, GroupProtocol.CONSUMER, seed),
                    new TopicChurn("churn"));
        }
    };

    private static final int NODE_COUNT = 3;

    /**
     * Of the nodes: they compare their metadata and clean their logs often, soon miss a member of a group, and soon take a replica that lags out of
     * the ISR.
     */
    private static final Map<String, String> SETTINGS = Map.of(
            "replica.lag.time.max.ms", "4000",
            "metadata.digest.interval.facts", "10",
            "log.cleaner.backoff.ms", "200",
            "group.consumer.min.session.timeout.ms", "6000",
            "group.consumer.session.timeout.ms", "6000",
            "group.consumer.min.heartbeat.interval.ms", "1000",
            "group.consumer.heartbeat.interval.ms", "1000",
            "group.initial.rebalance.delay.ms", "0");

    @SuppressWarnings("ImmutableEnumChecker") // nobody writes to it
    private final Set<Ability> about;

    ChaosScenario(Set<Ability> about) {
        this.about = about;
    }

    /** The faults that a short run of it is about; a long one may play all that the ground can do. */
    public Set<Ability> about() {
        return about;
    }

    /** Whether this user and this machine can do it. */
    public abstract boolean available();

    /** What must be there for it, for who is told that it is not. */
    public String needs() {
        return about.contains(Ability.JUMP_CLOCKS)
                ? "libfaketime must be installed"
                : this == CONTAINERS
                        ? "a container engine must run, and the base image be there (see .ci/run)"
                        : "it must be run by root on Linux, with iproute2, iptables and loop devices";
    }

    /** Lays the ground; starts nothing. */
    public abstract Ground ground(long seed);

    /** At the first one the faults are aimed. */
    public abstract List<Workload> workloads(long seed);

    String folder(long seed) {
        return "chaos-" + name().toLowerCase(Locale.ROOT) + "-" + seed;
    }
}
