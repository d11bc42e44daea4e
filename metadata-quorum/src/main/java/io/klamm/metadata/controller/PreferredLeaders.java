/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.Cordon;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Brings leaders back to where replicas were placed to be led: the first replica. Only ever to one that is in sync and available, so
 * that nothing is lost and nobody waits for longer than a retry.
 */
final class PreferredLeaders {
    /** Moves of one decision: more at once would make all clients ask for metadata, and all followers change, in one moment. */
    static final int MAX_MOVES = 200;

    private PreferredLeaders() {}

    static boolean isPreferred(PartitionState state) {
        return !state.replicas().isEmpty() && state.leader() == state.replicas().get(0);
    }

    /** The state with the first replica as leader; null when it leads already or cannot. */
    static @Nullable PartitionState elect(MetadataImage image, PartitionState state) {
        if (state.replicas().isEmpty() || isPreferred(state)) {
            return null;
        }
        int preferred = state.replicas().get(0);
        if (!state.isr().contains(preferred) || !PartitionElector.isAvailable(image, state, preferred)) {
            return null;
        }
        return state.changed(state.isr(), state.elr(), state.lastKnownIsr(), preferred, state.leaderEpoch() + 1);
    }

    /**
     * Moves for brokers that lead too few of the partitions that prefer them; none when the cluster is balanced. A cordoned broker is
     * about to be emptied: nothing is moved to it.
     *
     * @param percentage how many of a broker's partitions others may lead, of 100
     * @param maxMoves at most so many facts; ask again for the rest
     */
    static List<MetadataFact> balance(MetadataImage image, int percentage, int maxMoves) {
        Map<Integer, List<PartitionId>> elsewhere = new TreeMap<>();
        for (TopicImage topic : image.topics().values()) {
            for (int partition = 0; partition < topic.partitions().size(); partition++) {
                PartitionState state = topic.partition(partition);
                if (state != null && !state.replicas().isEmpty() && !isPreferred(state)) {
                    elsewhere
                            .computeIfAbsent(state.replicas().get(0), broker -> new ArrayList<>())
                            .add(new PartitionId(topic.id(), partition));
                }
            }
        }
        List<MetadataFact> moves = new ArrayList<>();
        elsewhere.forEach((broker, partitions) -> {
            long imbalance = 100L * partitions.size();
            if (imbalance > (long) percentage * image.preferredLeadersOn(broker) && !Cordon.isCordoned(image, broker)) {
                partitions.sort(Comparator.naturalOrder()); // the same on every controller
                for (PartitionId id : partitions) {
                    PartitionState state = image.partition(id);
                    PartitionState elected = state == null ? null : elect(image, state);
                    if (elected != null && moves.size() < maxMoves) {
                        moves.add(new PartitionChanged(id.topicId(), id.partition(), elected));
                    }
                }
            }
        });
        return moves;
    }
}
