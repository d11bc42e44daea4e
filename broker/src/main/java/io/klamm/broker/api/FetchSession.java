/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;

/**
 * The partitions a client fetches again and again, so that requests and answers need to name only what changed (KIP-227). The
 * order is the order of reading: who got records goes to the end. State is guarded by the session's own monitor; a client that
 * sends two requests at once only confuses itself.
 */
final class FetchSession {
    private final int id;
    private final boolean byId;
    private final boolean follower;
    private final Map<FetchTarget, SessionPartition> partitions = new LinkedHashMap<>();
    private int nextEpoch = 1;

    /** When it was last used, guarded by {@link FetchSessions}. */
    long lastUsedMs;

    /** Its share of the partitions counted in {@link FetchSessions}, guarded there. */
    int counted;

    /** @param byId whether requests name topics by id (version 13 on) */
    FetchSession(int id, boolean byId, boolean follower) {
        this.id = id;
        this.byId = byId;
        this.follower = follower;
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

    /** Moves on when the request has the epoch that is next; epochs go from 1 to the largest int and then from 1 again. */
    synchronized boolean advance(int epoch) {
        if (epoch != nextEpoch) {
            return false;
        }
        nextEpoch = epoch == Integer.MAX_VALUE ? 1 : epoch + 1;
        return true;
    }

    /** Takes over what a request names and drops what it forgets. */
    synchronized int update(FetchRequestData request) {
        for (FetchTopic topic : request.topics()) {
            for (FetchPartition wanted : topic.partitions()) {
                FetchTarget target = FetchTarget.of(byId, topic.topic(), topic.topicId(), wanted.partition());
                SessionPartition known = partitions.get(target);
                if (known == null) {
                    partitions.put(target, new SessionPartition(target, wanted));
                } else {
                    known.want(wanted);
                }
            }
        }
        for (ForgottenTopic topic : request.forgottenTopicsData()) {
            for (int partition : topic.partitions()) {
                partitions.remove(FetchTarget.of(byId, topic.topic(), topic.topicId(), partition));
            }
        }
        return partitions.size();
    }

    /** All partitions in the order of reading, with what is wanted of them now. */
    synchronized List<FetchSlot> slots() {
        List<FetchSlot> slots = new ArrayList<>(partitions.size());
        for (SessionPartition partition : partitions.values()) {
            slots.add(new FetchSlot(partition, partition.wanted()));
        }
        return slots;
    }

    /** Others come first next time, so that a small byte limit starves nobody. Caller holds the monitor. */
    void moveToEnd(SessionPartition partition) {
        if (partitions.remove(partition.target(), partition)) {
            partitions.put(partition.target(), partition);
        }
    }
}
