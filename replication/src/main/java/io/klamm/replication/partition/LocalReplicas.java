/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.ConfigKey;
import io.klamm.metadata.image.MetadataDelta;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import io.klamm.replication.partition.FollowerAssignments.Assignment;
import io.klamm.storage.log.LogConfig;
import io.klamm.storage.log.LogDirOfflineException;
import io.klamm.storage.log.LogPlace;
import io.klamm.storage.log.LogStore.StrayLog;
import io.klamm.storage.log.PartitionLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The replicas of this node, made to follow the images.
 *
 * <p>Nothing happens before an image shows this process's own registration. Images before it are history being replayed: acting on them
 * would write old leader epochs and delete the logs of topics that are about to be created. From that image on, logs on disk that it
 * does not give to this node are strays and deleted. Should another process register under this node's id, this one serves nothing any
 * more and says so.
 *
 * <p>{@link #onMetadata} runs on the metadata thread and spreads the work of many partitions (opening and recovering logs, writing
 * epochs) over {@code workers}; looking up a replica takes no lock.
 */
public final class LocalReplicas implements ReplicaRegistry {
    private static final Logger logger = LoggerFactory.getLogger(LocalReplicas.class);

    private final ReplicaContext context;
    private final Uuid incarnationId;
    private final ReplicaLogs logs;
    private final Executor workers;
    private final FollowerAssignments followers;
    private final HighWatermarks highWatermarks;
    private final Consumer<Uuid> replacedBy;
    private final Map<PartitionId, LocalReplica> replicas = new ConcurrentHashMap<>();
    private final Map<PartitionId, Long> checkpointed;
    /** Where replicas are being moved to, once the controller is told. */
    private final Map<PartitionId, Uuid> destined = new ConcurrentHashMap<>();
    /** They are offline though their dirs are not. */
    private final UnopenedLogs unopened;

    private volatile boolean closed;
    private boolean registered;
    private boolean replaced;
    private Map<PartitionId, Long> saved = Map.of();

    /**
     * @param context this node, its time, its way to the controller
     * @param incarnationId id of this process in its registration
     * @param workers bounded pool for work that waits for disks; {@code Runnable::run} does it on the metadata thread
     * @param replacedBy told once, on the metadata thread, that another process (its incarnation id) was registered under this
     *     node's id: this registry is of no use any more, not even when that one is gone, so the node must end
     */
    public LocalReplicas(
            ReplicaContext context,
            Uuid incarnationId,
            ReplicaLogs logs,
            Executor workers,
            FollowerAssignments followers,
            HighWatermarks highWatermarks,
            Consumer<Uuid> replacedBy) {
        this.context = context;
        this.incarnationId = incarnationId;
        this.logs = logs;
        this.workers = workers;
        this.followers = followers;
        this.highWatermarks = highWatermarks;
        this.replacedBy = replacedBy;
        this.checkpointed = new ConcurrentHashMap<>(highWatermarks.load());
        this.unopened = new UnopenedLogs(context.scheduler(), workers, this::reopen);
        scheduleLagCheck();
        scheduleCheckpoint();
    }

    @Override
    public @Nullable LocalReplica replica(PartitionId id) {
        return replicas.get(id);
    }

    @Override
    public Collection<PartitionReplica> replicas() {
        return List.copyOf(replicas.values());
    }

    @Override
    public synchronized void onMetadata(MetadataDelta delta) {
        if (closed || replaced) {
            return;
        }
        MetadataImage to = delta.to();
        boolean first = !registered;
        if (!isOurs(to)) {
            return;
        }
        registered = true;
        List<PartitionId> retired = new ArrayList<>();
        List<PartitionId> changed = new ArrayList<>();
        for (PartitionId id : first ? to.partitionsOn(context.nodeId()) : delta.partitions()) {
            PartitionState state = to.partition(id);
            if (state != null && state.replicas().contains(context.nodeId())) {
                changed.add(id);
            } else if (replicas.containsKey(id)) {
                retired.add(id);
            }
        }
        if (!delta.deletedTopics().isEmpty()) {
            replicas.keySet().stream()
                    .filter(id -> delta.deletedTopics().contains(id.topicId()))
                    .forEach(retired::add);
        }
        delete(new TreeSet<>(retired));
        settle(List.copyOf(new TreeSet<>(changed)), first ? null : delta.from(), to);
        if (first) {
            deleteStrays(to);
        } else {
            reconfigure(delta);
        }
    }

    /**
     * Whether the image is for this process: it has shown its registration, and nobody else's since. (A node unregistered by an operator
     * goes on following the images, which have elected around it.)
     */
    private boolean isOurs(MetadataImage to) {
        BrokerImage self = to.broker(context.nodeId());
        if (self == null) {
            return registered;
        }
        boolean ours = self.registration().incarnationId().equals(incarnationId);
        if (registered && !ours) {
            replaced = true;
            giveUp();
            replacedBy.accept(self.registration().incarnationId());
        }
        return ours;
    }

    private void delete(Collection<PartitionId> gone) {
        List<Assignment> changes = new ArrayList<>();
        for (PartitionId id : gone) {
            LocalReplica replica = replicas.remove(id);
            unopened.remove(id);
            if (replica != null) {
                replica.retire();
                changes.add(new Assignment(replica, PartitionState.NO_LEADER, -1));
                logger.info("{} ({}-{}): removed from this node", id, replica.topic(), id.partition());
            }
        }
        followers.assign(changes);
        changes.forEach(change -> logs.delete(
                change.replica().id().topicId(), change.replica().id().partition()));
    }

    /** @param from the image before; null for the first one, when everything may have been here for long */
    private void settle(List<PartitionId> changed, @Nullable MetadataImage from, MetadataImage to) {
        AtomicInteger next = new AtomicInteger();
        AtomicInteger left = new AtomicInteger(changed.size());
        CompletableFuture<Void> all = new CompletableFuture<>();
        Function<String, Effective> settings = settingsIn(to);
        Runnable share = () -> {
            try {
                for (int i = next.getAndIncrement(); i < changed.size(); i = next.getAndIncrement()) {
                    settle(changed.get(i), from, to, settings);
                    if (left.decrementAndGet() == 0) {
                        all.complete(null);
                    }
                }
            } catch (RuntimeException | Error e) {
                all.completeExceptionally(e);
            }
        };
        try {
            for (int i = 1; i < Math.min(changed.size(), context.settings().openingParallelism()); i++) {
                workers.execute(share);
            }
        } catch (RejectedExecutionException e) {
            logger.debug("the workers are busy: {}", e.getMessage()); // this thread does what they do not
        }
        share.run();
        if (!changed.isEmpty()) {
            all.join(); // not for shares that have not begun: the workers before them may wait for this thread
        }
        List<Assignment> changes = new ArrayList<>(changed.size());
        for (PartitionId id : changed) {
            LocalReplica replica = replicas.get(id);
            if (replica != null) {
                changes.add(assignment(replica));
            }
        }
        followers.assign(changes);
    }

    private void settle(
            PartitionId id, @Nullable MetadataImage from, MetadataImage to, Function<String, Effective> settings) {
        TopicImage topic = to.topic(id.topicId());
        PartitionState state = to.partition(id);
        if (topic == null || state == null) {
            return;
        }
        LocalReplica replica = replicas.get(id);
        if (replica == null) {
            replica = new LocalReplica(
                    context,
                    id,
                    topic.name(),
                    open(id, topic.name(), place(id, from, state), settings.apply(topic.name()).log),
                    checkpointed.getOrDefault(id, 0L));
        }
        replica.assume(state, settings.apply(topic.name()).minInsyncReplicas);
        replicas.put(id, replica);
        tellLocation(replica, state);
    }

    /** What the configuration in an image makes of a topic. */
    private record Effective(LogConfig log, int minInsyncReplicas) {}

    /** Looked up once for each topic: of thousands of partitions that are dealt with at once, many belong to one. */
    private Function<String, Effective> settingsIn(MetadataImage image) {
        Map<String, Effective> known = new ConcurrentHashMap<>();
        return topic -> known.computeIfAbsent(
                topic,
                name -> new Effective(
                        context.settings().logConfig(image, name),
                        context.settings().minInsyncReplicas(image, name)));
    }

    private LogPlace place(PartitionId id, @Nullable MetadataImage from, PartitionState state) {
        PartitionState before = from == null ? null : from.partition(id);
        boolean isNew = from != null && (before == null || !before.replicas().contains(context.nodeId()));
        return new LogPlace(state.directory(context.nodeId()), isNew);
    }

    /**
     * The controller is told what it does not know; that a dir which it knows is offline it hears by other ways. A log for which a dir has
     * no room is in none: another replica is to lead.
     */
    private void tellLocation(LocalReplica replica, PartitionState state) {
        Uuid known = state.directory(context.nodeId());
        Uuid actual = replica.directory();
        if (known.equals(destined.get(replica.id()))) {
            return;
        }
        boolean nowhere = known.equals(Uuid.ZERO_UUID) || unopened.contains(replica.id());
        if (actual == null ? nowhere : !actual.equals(known)) {
            context.locations().located(replica.id(), actual == null ? ReplicaLocations.LOST : actual);
        }
    }

    private @Nullable PartitionLog open(PartitionId id, String topic, LogPlace place, LogConfig config) {
        try {
            return logs.openOrCreate(topic, id.topicId(), id.partition(), config, place);
        } catch (LogDirOfflineException e) {
            boolean known = replicas.containsKey(id);
            Level level = known ? Level.DEBUG : Level.ERROR; // once: it is tried again and again
            logger.atLevel(level).log("{} ({}-{}) is offline: {}", id, topic, id.partition(), e.getMessage());
            if (e.isForWantOfRoom()) {
                unopened.add(id, place);
            }
            return null;
        }
    }

    /** There may be room by now. @return false when there is none */
    private synchronized boolean reopen(PartitionId id, LogPlace place) {
        LocalReplica offline = replicas.get(id);
        MetadataImage image = context.image().get();
        PartitionState state = image.partition(id);
        if (closed || replaced || offline == null || offline.directory() != null) {
            return true;
        }
        if (state == null || !state.replicas().contains(context.nodeId())) {
            return true;
        }
        Effective settings = settingsIn(image).apply(offline.topic());
        LogPlace now = new LogPlace(state.directory(context.nodeId()), place.isNew());
        PartitionLog log = open(id, offline.topic(), now, settings.log);
        if (log == null) {
            return !unopened.contains(id);
        }
        logger.info("{} ({}-{}) has found room for its log", id, offline.topic(), id.partition());
        LocalReplica next = new LocalReplica(context, id, offline.topic(), log, checkpointed.getOrDefault(id, 0L));
        next.assume(state, settings.minInsyncReplicas);
        replicas.put(id, next);
        followers.assign(List.of(assignment(next)));
        tellLocation(next, state);
        return true;
    }

    private void deleteStrays(MetadataImage to) {
        for (StrayLog stray : logs.strays()) {
            PartitionState state = to.partition(new PartitionId(stray.topicId(), stray.partition()));
            if (state == null || !state.replicas().contains(context.nodeId())) {
                logger.info(
                        "{}-{} ({}): not on this node any more, deleted",
                        stray.topic(),
                        stray.partition(),
                        stray.topicId());
                logs.deleteStray(stray);
            }
        }
    }

    /** Settings and brokers: who may join an ISR, what min ISR is, how logs behave. */
    private void reconfigure(MetadataDelta delta) {
        boolean allTopics = delta.configs().stream().anyMatch(key -> key.type() == ConfigResourceType.BROKER);
        boolean anyBroker = !delta.brokers().isEmpty();
        if (!anyBroker && delta.configs().isEmpty()) {
            return;
        }
        Function<String, Effective> settings = settingsIn(delta.to());
        for (LocalReplica replica : sorted()) {
            boolean configured =
                    allTopics || delta.configs().contains(new ConfigKey(ConfigResourceType.TOPIC, replica.topic()));
            if (configured) {
                replica.configure(settings.apply(replica.topic()).log);
            }
            PartitionState state = delta.to().partition(replica.id());
            if (state != null && (configured || (anyBroker && replica.isLeader()))) {
                replica.reconsider(state, settings.apply(replica.topic()).minInsyncReplicas);
            }
        }
    }

    /** A log dir has gone offline: its replicas serve nothing any more. Any thread. */
    public void directoryFailed(Uuid directoryId, IOException reason) {
        for (LocalReplica replica : sorted()) {
            if (directoryId.equals(replica.directory())) {
                replica.offline(reason);
                PartitionState state = context.image().get().partition(replica.id());
                if (state != null) {
                    tellLocation(replica, state);
                }
            }
        }
    }

    /** The last part of a move between log dirs, while nobody writes to the log. */
    @FunctionalInterface
    interface Exchange {
        /** @return the log from now on */
        PartitionLog with(PartitionLog log) throws LogDirOfflineException;
    }

    /**
     * The replica will be in this dir as soon as the controller knows it (KIP-858): it is told so, and that the log is not there yet is
     * no news.
     */
    void announce(LocalReplica replica, Uuid directory) {
        destined.put(replica.id(), directory);
        context.locations().located(replica.id(), directory);
    }

    /** It stays where it is. */
    void withdraw(PartitionId id) {
        if (destined.remove(id) != null) {
            LocalReplica replica = replicas.get(id);
            PartitionState state = context.image().get().partition(id);
            if (replica != null && state != null) {
                Uuid actual = replica.directory();
                context.locations().located(id, actual == null ? ReplicaLocations.LOST : actual);
            }
        }
    }

    /**
     * Replaces the log of a replica, which serves nothing for that moment and then goes on in its role.
     *
     * @return false when it cannot be done now
     */
    synchronized boolean exchange(LocalReplica old, Exchange exchange) {
        PartitionId id = old.id();
        PartitionLog log = old.log();
        MetadataImage image = context.image().get();
        PartitionState state = image.partition(id);
        if (closed || replaced || log == null || replicas.get(id) != old) {
            return false;
        }
        if (state == null || !state.replicas().contains(context.nodeId()) || !old.retireUnlessProposing()) {
            return false;
        }
        followers.assign(List.of(new Assignment(old, PartitionState.NO_LEADER, -1)));
        boolean exchanged = false;
        try {
            log = exchange.with(log);
            exchanged = true;
        } catch (LogDirOfflineException e) {
            logger.warn("{} ({}-{}) stays in its log dir: {}", id, old.topic(), id.partition(), e.getMessage());
        }
        LocalReplica next = new LocalReplica(context, id, old.topic(), log, old.highWatermark());
        next.assume(state, context.settings().minInsyncReplicas(image, old.topic()));
        replicas.put(id, next);
        followers.assign(List.of(assignment(next)));
        destined.remove(id);
        tellLocation(next, state);
        return exchanged;
    }

    private static Assignment assignment(LocalReplica replica) {
        ReplicaRole role = replica.role();
        boolean fetches = role instanceof FollowerReplica;
        return new Assignment(replica, fetches ? role.leaderId() : PartitionState.NO_LEADER, role.leaderEpoch());
    }

    private void scheduleLagCheck() {
        long half = TimeUnit.MILLISECONDS.toNanos(Math.max(1, context.settings().replicaLagTimeMaxMs() / 2));
        context.scheduler().schedule(half, () -> {
            if (!closed) {
                sorted().forEach(LocalReplica::shrinkLagging);
                scheduleLagCheck();
            }
        });
    }

    private void scheduleCheckpoint() {
        long interval = TimeUnit.MILLISECONDS.toNanos(context.settings().highWatermarkCheckpointMs());
        context.scheduler().schedule(interval, () -> {
            if (!closed) {
                saveHighWatermarks();
                scheduleCheckpoint();
            }
        });
    }

    /** Not on the scheduler's thread, which must not wait for a disk. */
    private void saveHighWatermarks() {
        try {
            workers.execute(this::checkpoint);
        } catch (RejectedExecutionException e) {
            logger.debug("the workers are busy, the high watermarks wait: {}", e.getMessage());
        }
    }

    /** Saves the high watermarks when one has changed. */
    private void checkpoint() {
        synchronized (highWatermarks) {
            checkpointLocked();
        }
    }

    private void checkpointLocked() {
        Map<PartitionId, Long> offsets = new HashMap<>();
        replicas.forEach((id, replica) -> {
            if (replica.log() != null) {
                offsets.put(id, replica.highWatermark());
            }
        });
        if (offsets.equals(saved)) {
            return;
        }
        try {
            highWatermarks.save(offsets);
            saved = offsets;
        } catch (IOException e) {
            logger.warn("high watermarks could not be saved, which costs time after a restart only: {}", e.toString());
        }
    }

    private Collection<LocalReplica> sorted() {
        return new TreeMap<>(replicas).values();
    }

    private void giveUp() {
        List<Assignment> changes = new ArrayList<>();
        for (LocalReplica replica : sorted()) {
            replica.retire();
            changes.add(new Assignment(replica, PartitionState.NO_LEADER, -1));
        }
        followers.assign(changes);
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            if (registered) {
                checkpoint();
            }
            giveUp();
            followers.close();
        }
    }
}
