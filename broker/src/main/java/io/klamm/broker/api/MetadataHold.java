/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import io.klamm.replication.partition.Scheduler;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.jspecify.annotations.Nullable;

/**
 * Holds the answer to a Metadata or FindCoordinator request while a partition in it is about to get a new leader (design D6): its leader does not answer
 * this node any more, or it has none. A client that lost its leader asks at once, and again only after its back-off: the first
 * answer shall name the new leader.
 *
 * <p>Answers leave a connection in order, so what is behind a held one waits, too. Therefore each answer is held for
 * {@value #HOLD_MS} ms at most, and each leader epoch of a partition is waited for during {@value #EPISODE_MS} ms, whoever asks: a
 * partition that stays without a leader costs nothing after that. Requests for all topics are never held; they come from tools. What is held
 * looks only at the partitions that it misses, and only when an image comes, a lost leader answers, or time is up. Thread-safe.
 */
public final class MetadataHold
        implements Function<MetadataRequestData, CompletableFuture<MetadataImage>>, AutoCloseable {
    /** Below what impatient clients allow for a request (2 s). */
    static final long HOLD_MS = 1_500;

    /** A node that falls silent is lost after a second and fenced after three, by default. */
    static final long EPISODE_MS = 3_000;

    private static final long EPISODE_NANOS = TimeUnit.MILLISECONDS.toNanos(EPISODE_MS);

    private static final int MAX_HELD = 1_000;
    private static final int MAX_TOPICS = 100;
    private static final int MAX_EPISODES = 10_000;

    /** @param beganNanos when somebody first asked for the partition while this leader was not there */
    private record Episode(int leaderEpoch, long beganNanos) {}

    private final Supplier<MetadataImage> images;
    private final LongFunction<CompletableFuture<MetadataImage>> awaitImage;
    private final IntPredicate lost;
    private final Scheduler scheduler;
    private final LongSupplier nanoTime;
    private final Map<PartitionId, Episode> episodes = new ConcurrentHashMap<>();
    private final Set<Held> held = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * @param images the newest image whose roles this node serves
     * @param awaitImage completes when that image has reached an end offset; may fail when the node stops
     * @param lost whether this node has lost a node that it thinks alive
     */
    public MetadataHold(
            Supplier<MetadataImage> images,
            LongFunction<CompletableFuture<MetadataImage>> awaitImage,
            IntPredicate lost,
            Scheduler scheduler,
            LongSupplier nanoTime) {
        this.images = images;
        this.awaitImage = awaitImage;
        this.lost = lost;
        this.scheduler = scheduler;
        this.nanoTime = nanoTime;
    }

    /** The image to answer from: at once in almost all cases. Never fails. */
    @Override
    public CompletableFuture<MetadataImage> apply(MetadataRequestData request) {
        MetadataImage image = images.get();
        List<MetadataRequestTopic> topics = request.topics();
        return hold(image, topics == null || topics.size() > MAX_TOPICS ? List.of() : missing(image, topics));
    }

    /**
     * The same for who asks after the leaders of some partitions, because a client is about to turn to them. More than {@value #MAX_TOPICS} are not
     * waited for.
     */
    public CompletableFuture<MetadataImage> untilLed(Collection<PartitionId> partitions) {
        MetadataImage image = images.get();
        List<PartitionId> missing = new ArrayList<>(0);
        if (partitions.size() <= MAX_TOPICS) {
            for (PartitionId id : partitions) {
                PartitionState state = image.partition(id);
                if (state != null && mustWait(image, id, state)) {
                    missing.add(id);
                }
            }
        }
        return hold(image, missing);
    }

    private CompletableFuture<MetadataImage> hold(MetadataImage image, List<PartitionId> missing) {
        if (missing.isEmpty() || held.size() >= MAX_HELD || closed) {
            return CompletableFuture.completedFuture(image);
        }
        Held answer = new Held(missing, nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(HOLD_MS));
        held.add(answer);
        answer.await(image);
        if (closed) {
            close();
        }
        return answer.done;
    }

    /** A leader that was lost answers again. Any thread. */
    public void leaderFound() {
        held.forEach(Held::look);
    }

    /** The partitions that are about to get a leader: all of them, so that their episodes begin together. */
    private List<PartitionId> missing(MetadataImage image, List<MetadataRequestTopic> topics) {
        List<PartitionId> missing = new ArrayList<>(0);
        for (MetadataRequestTopic asked : topics) {
            TopicImage topic = topic(image, asked);
            if (topic == null) {
                continue;
            }
            int index = 0;
            for (PartitionState state : topic.partitions()) {
                PartitionId id = new PartitionId(topic.id(), index++);
                if (mustWait(image, id, state)) {
                    missing.add(id);
                }
            }
        }
        return missing;
    }

    private static @Nullable TopicImage topic(MetadataImage image, MetadataRequestTopic asked) {
        if (!Uuid.ZERO_UUID.equals(asked.topicId())) {
            return image.topic(asked.topicId());
        }
        return asked.name() == null ? null : image.topic(asked.name());
    }

    private boolean mustWait(MetadataImage image, PartitionId id, PartitionState state) {
        BrokerImage leader = image.broker(state.leader());
        if (leader != null && !leader.fenced() && !lost.test(state.leader())) {
            return false;
        }
        long now = nanoTime.getAsLong();
        Episode episode = episodes.get(id);
        if (episode == null || episode.leaderEpoch != state.leaderEpoch()) {
            if (episodes.size() >= MAX_EPISODES) {
                episodes.clear();
            }
            episode = new Episode(state.leaderEpoch(), now);
            episodes.put(id, episode);
        }
        return now - episode.beganNanos < EPISODE_NANOS;
    }

    /** Answers everybody. */
    @Override
    public void close() {
        closed = true;
        held.forEach(Held::release);
    }

    private final class Held {
        private final long deadlineNanos;
        private final CompletableFuture<MetadataImage> done = new CompletableFuture<>();
        /** What is looked at again; it only shrinks. */
        private volatile List<PartitionId> missing;

        Held(List<PartitionId> missing, long deadlineNanos) {
            this.missing = missing;
            this.deadlineNanos = deadlineNanos;
        }

        void await(MetadataImage image) {
            if (look()) { // nobody has told it of what has happened before it was held
                awaitImage(image);
                awaitTime();
            }
        }

        private void awaitImage(MetadataImage image) {
            CompletableFuture<MetadataImage> next = awaitImage.apply(image.endOffset() + 1);
            CompletableFuture<Void> unused = next.handle((newer, failure) -> {
                if (failure != null) {
                    release(); // the node stops; or somebody has answered and given up the waiting
                } else if (look()) {
                    awaitImage(newer);
                }
                return null;
            });
            CompletableFuture<MetadataImage> unusedEnd = done.whenComplete((answer, failure) -> next.cancel(false));
        }

        private void awaitTime() {
            long now = nanoTime.getAsLong();
            long longest = 0;
            for (PartitionId id : missing) {
                Episode episode = episodes.get(id);
                longest = Math.max(longest, episode == null ? 0 : episode.beganNanos + EPISODE_NANOS - now);
            }
            Runnable timer = scheduler.schedule(Math.max(0, Math.min(longest, deadlineNanos - now)), () -> {
                if (nanoTime.getAsLong() - deadlineNanos >= 0) {
                    release();
                } else if (look()) {
                    awaitTime(); // another episode has begun
                }
            });
            CompletableFuture<MetadataImage> unused = done.whenComplete((answer, failure) -> timer.run());
        }

        /** @return whether it goes on waiting */
        boolean look() {
            MetadataImage image = images.get();
            List<PartitionId> left = new ArrayList<>(0);
            for (PartitionId id : missing) {
                PartitionState state = image.partition(id);
                if (state != null && mustWait(image, id, state)) {
                    left.add(id);
                }
            }
            missing = left;
            if (left.isEmpty()) {
                release();
            }
            return !done.isDone();
        }

        void release() {
            held.remove(this);
            done.complete(images.get());
        }
    }
}
