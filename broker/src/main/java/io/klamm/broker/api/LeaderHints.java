/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.metadata.fact.Endpoint;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Names the current leader in answers that send a client away (KIP-951), so that it need not ask for metadata. Taken from the
 * newest image at the time of the answer: the image at the start of a parked request may be the one that was wrong.
 * Not thread-safe.
 */
final class LeaderHints {
    private final Supplier<MetadataImage> images;
    private final String listener;
    private final Map<Integer, ListenerBrokers.Reachable> endpoints = new TreeMap<>();

    LeaderHints(Supplier<MetadataImage> images, String listener) {
        this.images = images;
        this.listener = listener;
    }

    /** Whether the client should go to another leader. */
    static boolean wanted(Errors error) {
        return error == Errors.NOT_LEADER_OR_FOLLOWER || error == Errors.FENCED_LEADER_EPOCH;
    }

    /** The partition's state by the newest image; remembers the endpoint of its leader. Null when there is no such partition. */
    @Nullable
    PartitionState leaderOf(PartitionId id) {
        MetadataImage image = images.get();
        PartitionState state = image.partition(id);
        if (state == null) {
            return null;
        }
        Endpoint endpoint = new ListenerBrokers(image, listener).endpoint(state.leader());
        BrokerImage broker = image.broker(state.leader());
        if (endpoint != null && broker != null) {
            endpoints.put(state.leader(), new ListenerBrokers.Reachable(broker, endpoint));
        }
        return state;
    }

    /** Endpoints of all leaders named so far: node id and where to reach it. */
    void forEachEndpoint(BiConsumer<Integer, ListenerBrokers.Reachable> consumer) {
        endpoints.forEach(consumer);
    }
}
