/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.broker.group.GroupConfig;
import io.klamm.broker.group.GroupCoordinators;
import io.klamm.broker.group.GroupRuntime;
import io.klamm.broker.group.MigrationPolicy;
import io.klamm.metadata.image.MetadataDelta;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.MetadataSubscriber;
import io.klamm.replication.partition.ReplicaRegistry;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The two parts of a process that follow the metadata: its replicas, then its coordinators. A node tells one after the other; here each has
 * its own pace, so that coordinators may be some images behind the roles, or ahead of them: they must bear it.
 */
final class SimCoordinators {
    private static final GroupConfig CONFIG = new GroupConfig(
            new GroupConfig.Classic(100, 60_000, 120, 10),
            new GroupConfig.Consumer(900, 100, 10, 600_000, MigrationPolicy.BIDIRECTIONAL, List.of("uniform", "range")),
            100,
            86_400_000,
            500);
    private static final int ROLES_PAUSE_OF_THOUSAND = 10;
    private static final int LONGEST_ROLES_PAUSE_MS = 500;
    private static final int GROUPS_PAUSE_OF_THOUSAND = 60;
    private static final int LONGEST_GROUPS_PAUSE_MS = 1_500;
    private static final int SLOW_DISK_OF_THOUSAND = 150;

    private final SimProcess process;
    private final World world;
    private final ReplicaRegistry replicas;
    private final GroupCoordinators coordinators;
    private final Lane roles;
    private final Lane groups;
    private final Runnable published;

    /** @param published told when one of the two has taken up something */
    SimCoordinators(SimProcess process, World world, ReplicaRegistry replicas, Runnable published) {
        this.process = process;
        this.world = world;
        this.replicas = replicas;
        SimExecutor pool = new SimExecutor(process);
        this.published = published;
        this.coordinators = new GroupCoordinators(
                process.nodeId(),
                replicas,
                CONFIG,
                new GroupRuntime(
                        pool, this::onDisk, process::schedule, new VirtualClock(world), world.time, world::nextId));
        this.roles = new Lane(replicas, ROLES_PAUSE_OF_THOUSAND, LONGEST_ROLES_PAUSE_MS);
        this.groups = new Lane(coordinators, GROUPS_PAUSE_OF_THOUSAND, LONGEST_GROUPS_PAUSE_MS);
    }

    GroupCoordinators groups() {
        return coordinators;
    }

    /** Reading a log takes a moment, or longer. */
    private void onDisk(Runnable task) {
        long ms = world.perThousand(SLOW_DISK_OF_THOUSAND) ? world.below(400) : world.below(3);
        process.schedule(TimeUnit.MILLISECONDS.toNanos(ms), task);
    }

    /** Both take up a newer image, each when it comes to it. */
    void publish(MetadataDelta delta) {
        if (world.below(4) == 0) {
            groups.take(delta);
            roles.take(delta);
        } else {
            roles.take(delta);
            groups.take(delta);
        }
    }

    /** One who follows the metadata, image by image, and sometimes stands still before the next one. */
    private final class Lane {
        private final MetadataSubscriber subscriber;
        private final int pausesOfThousand;
        private final int longestMs;
        private final Deque<MetadataDelta> waiting = new ArrayDeque<>();
        private MetadataImage reached = MetadataImage.EMPTY;
        private boolean paused;

        private Lane(MetadataSubscriber subscriber, int pausesOfThousand, int longestMs) {
            this.subscriber = subscriber;
            this.pausesOfThousand = pausesOfThousand;
            this.longestMs = longestMs;
        }

        private void take(MetadataDelta delta) {
            waiting.add(delta);
            if (paused) {
                return;
            }
            if (world.perThousand(pausesOfThousand)) {
                pause(world.below(longestMs));
            } else {
                goOn();
            }
        }

        private void pause(long ms) {
            paused = true;
            process.schedule(TimeUnit.MILLISECONDS.toNanos(ms), this::goOn);
        }

        private void goOn() {
            paused = false;
            while (!waiting.isEmpty()) {
                MetadataDelta next = waiting.remove();
                subscriber.onMetadata(next);
                reached = next.to();
            }
            published.run();
        }
    }

    /** The coordinators hear nothing for a while; the replicas do. */
    void leaveBehind(long ms) {
        groups.pause(ms);
    }

    /** What both have taken up. */
    MetadataImage published() {
        return roles.reached.endOffset() < groups.reached.endOffset() ? roles.reached : groups.reached;
    }

    /** In the order in which a node stops. */
    void close() {
        coordinators.close();
        replicas.close();
    }

    private static final class VirtualClock extends Clock {
        private final World world;

        private VirtualClock(World world) {
            this.world = world;
        }

        @Override
        public long millis() {
            return world.time.nowMs();
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(millis());
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
