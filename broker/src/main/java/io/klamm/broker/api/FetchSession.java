/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;

/**
 * The partitions a client fetches again and again, so that requests and answers need to name only what changed (KIP-227), and the node need
 * look only at what has news: partitions without are watched, and cost a request nothing.
 *
 * <p>Used on one event loop, that of the connection which opened it.
 */
final class FetchSession {
    private final int id;
    private final boolean byId;
    private final boolean follower;
    private final ScheduledExecutorService loop;
    private final Map<FetchTarget, FetchSlot> partitions = new HashMap<>();
    private final Set<FetchSlot> due = new LinkedHashSet<>();
    private final FetchNews news = new FetchNews();
    private int nextEpoch = 1;
    private boolean closed;

    /** When it was last used, guarded by {@link FetchSessions}. */
    long lastUsedMs;

    /** Its share of the partitions counted in {@link FetchSessions}, guarded there. */
    int counted;

    /** @param byId whether requests name topics by id (version 13 on) */
    FetchSession(int id, boolean byId, boolean follower, ScheduledExecutorService loop) {
        this.id = id;
        this.byId = byId;
        this.follower = follower;
        this.loop = loop;
    }

    int id() {
        return id;
    }

    boolean byId() {
        return byId;
    }

    boolean follower() {
        return follower;
    }

    ScheduledExecutorService loop() {
        return loop;
    }

    /** Moves on when the request has the epoch that is next; epochs go from 1 to the largest int and then from 1 again. */
    boolean advance(int epoch) {
        if (epoch != nextEpoch) {
            return false;
        }
        nextEpoch = epoch == Integer.MAX_VALUE ? 1 : epoch + 1;
        return true;
    }

    /** Takes over what a request names and drops what it forgets. @return how many partitions there are then */
    int update(FetchRequestData request) {
        for (FetchTopic topic : request.topics()) {
            for (FetchPartition wanted : topic.partitions()) {
                FetchTarget target = FetchTarget.of(byId, topic.topic(), topic.topicId(), wanted.partition());
                FetchSlot slot = partitions.get(target);
                if (slot == null) {
                    slot = new FetchSlot(target, wanted, news);
                    partitions.put(target, slot);
                } else {
                    slot.want(wanted);
                }
                due.add(slot);
            }
        }
        for (ForgottenTopic topic : request.forgottenTopicsData()) {
            for (int partition : topic.partitions()) {
                FetchSlot slot = partitions.remove(FetchTarget.of(byId, topic.topic(), topic.topicId(), partition));
                if (slot != null) {
                    due.remove(slot);
                    slot.forget();
                }
            }
        }
        return partitions.size();
    }

    /** What the next answer must look at, in the order of reading: what was named, has news, or was not read to its end. */
    Set<FetchSlot> due() {
        return due;
    }

    FetchNews news() {
        return news;
    }

    boolean holds(FetchSlot slot) {
        return partitions.get(slot.target()) == slot;
    }

    /**
     * After an answer: who got records goes to the end of the line, so that a small byte limit starves nobody, and who has nothing more is
     * watched from here on.
     */
    void settle(Iterable<FetchSlot> answered, FetchReader reader) {
        for (FetchSlot slot : answered) {
            if (!due.contains(slot)) {
                continue;
            }
            boolean served = slot.bytes() > 0;
            if (served || !slot.unfinished()) {
                due.remove(slot);
            }
            if (served) {
                due.add(slot);
            } else if (!slot.unfinished() && !closed) {
                slot.watch(reader);
            }
        }
    }

    /** Nobody asks for it any more: nothing is watched from here on. On its loop. */
    void close() {
        closed = true;
        partitions.values().forEach(FetchSlot::forget);
    }

    boolean closed() {
        return closed;
    }
}
