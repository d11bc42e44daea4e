/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import io.klamm.replication.partition.Scheduler;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
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
 * Holds the answer to a Metadata request while a partition in it is about to get a new leader (design D6): its leader does not answer
 * this node any more, or it has none. A client that lost its leader asks at once, and again only after its back-off: the first
 * answer shall name the new leader.
 *
 * <p>Answers leave a connection in order, so what is behind a held one waits, too. Therefore each answer is held for
 * {@value #HOLD_MS} ms at most, and each leader epoch of a partition is waited for during {@value #EPISODE_MS} ms, whoever asks: a
 * partition that stays without a leader costs nothing after that. Requests for all topics are never held; they come from tools.
 * Thread-safe.
 */
public final class MetadataHold
        implements Function<MetadataRequestData, CompletableFuture<MetadataImage>>, AutoCloseable {
    /** Below what impatient clients allow for a request (2 s). */
    static final long HOLD_MS = 1_500;

    static final long EPISODE_MS = 2_000;
    /** How soon it is noticed that a leader answers again after all. */
    private static final long RECHECK_MS = 50;

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
        if (topics == null
                || topics.size() > MAX_TOPICS
                || !mustWait(image, topics)
                || held.size() >= MAX_HELD
                || closed) {
            return CompletableFuture.completedFuture(image);
        }
        Held answer = new Held(topics, nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(HOLD_MS));
        held.add(answer);
        answer.look(image);
        if (closed) {
            close();
        }
        return answer.done;
    }

    private boolean mustWait(MetadataImage image, List<MetadataRequestTopic> topics) {
        boolean wait = false;
        for (MetadataRequestTopic asked : topics) {
            TopicImage topic = topic(image, asked);
            if (topic == null) {
                continue;
            }
            int index = 0;
            for (PartitionState state : topic.partitions()) {
                // All of them, so that their episodes begin together.
                wait |= mustWait(image, new PartitionId(topic.id(), index++), state);
            }
        }
        return wait;
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
        return now - episode.beganNanos < TimeUnit.MILLISECONDS.toNanos(EPISODE_MS);
    }

    /** Answers everybody. */
    @Override
    public void close() {
        closed = true;
        held.forEach(Held::release);
    }

    private final class Held {
        private final List<MetadataRequestTopic> topics;
        private final long deadlineNanos;
        private final CompletableFuture<MetadataImage> done = new CompletableFuture<>();

        Held(List<MetadataRequestTopic> topics, long deadlineNanos) {
            this.topics = topics;
            this.deadlineNanos = deadlineNanos;
        }

        /** Looks again at the next image, or after a while. */
        private void look(MetadataImage image) {
            CompletableFuture<MetadataImage> next = awaitImage.apply(image.endOffset() + 1);
            Runnable timer = scheduler.schedule(TimeUnit.MILLISECONDS.toNanos(RECHECK_MS), () -> next.cancel(false));
            CompletableFuture<Void> unused = next.handle((newer, failure) -> {
                timer.run();
                MetadataImage newest = images.get();
                boolean stopping = failure != null && !(failure instanceof CancellationException);
                boolean over = done.isDone() || nanoTime.getAsLong() - deadlineNanos >= 0;
                if (!stopping && !over && mustWait(newest, topics)) {
                    look(newest);
                } else {
                    release();
                }
                return null;
            });
        }

        void release() {
            held.remove(this);
            done.complete(images.get());
        }
    }
}
