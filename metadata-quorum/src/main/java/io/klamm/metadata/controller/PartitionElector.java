/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static io.klamm.metadata.controller.ReplicaSets.intersect;
import static io.klamm.metadata.controller.ReplicaSets.minus;
import static io.klamm.metadata.controller.ReplicaSets.union;

import io.klamm.metadata.fact.BrokerDirectoriesChanged;
import io.klamm.metadata.fact.BrokerFenced;
import io.klamm.metadata.fact.BrokerRegistered;
import io.klamm.metadata.fact.BrokerShutdownStarted;
import io.klamm.metadata.fact.BrokerUnfenced;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.EffectiveMinIsr;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;

/**
 * Decides leaders, in-sync replicas (ISR), eligible leader replicas (ELR, KIP-966) and the last known ISR when brokers come
 * and go. Every function takes an image and gives facts; none is ever wrong to decide again.
 *
 * <p>What must stay true, and makes these rules safe:
 * <ul>
 *   <li>Each member of the ISR holds everything that was ever acknowledged. So does each member of the ELR: a replica enters
 *       it when it leaves the ISR cleanly and the ISR falls below the effective min ISR, from where on the high watermark
 *       stands still; and the ELR is empty whenever the ISR is large enough for the high watermark to move.
 *   <li>A broker that comes back from an unclean stop may have lost what it held. It leaves ISR and ELR in the very batch
 *       that registers it, and is remembered in the last known ISR.
 *   <li>An ISR is never emptied by broker failures: when all its members are gone at once, all stay in it and the partition
 *       has no leader until one of them, or of the ELR, is back.
 * </ul>
 *
 * <p>The facts of one decision are bounded by {@code maxBytes}: when a broker has more partitions than fit, the rest is
 * decided by {@link #settle} afterwards. That is safe, only slower: a partition not yet settled has a leader that is gone.
 */
final class PartitionElector {
    private final int defaultMinIsr;
    private final Reassignment reassignment;

    /** @param defaultMinIsr min.insync.replicas of the cluster, see {@link EffectiveMinIsr} */
    PartitionElector(int defaultMinIsr) {
        this.defaultMinIsr = defaultMinIsr;
        this.reassignment = new Reassignment(defaultMinIsr);
    }

    /**
     * Fences brokers, all at once; those not registered with the given epoch any more, or fenced already, are left out.
     *
     * @param gone node id and broker epoch of each
     */
    List<MetadataFact> fence(MetadataImage image, Collection<BrokerFenced> gone, int maxBytes) {
        List<MetadataFact> facts = new ArrayList<>();
        Set<Integer> nodes = new TreeSet<>();
        for (BrokerFenced fact : gone) {
            BrokerImage broker = image.broker(fact.nodeId());
            if (broker != null
                    && broker.brokerEpoch() == fact.brokerEpoch()
                    && !broker.fenced()
                    && nodes.add(fact.nodeId())) {
                facts.add(fact);
            }
        }
        return withPartitions(image, facts, nodes, maxBytes);
    }

    /** Unfences a broker: partitions that wait for it get it as their leader. */
    List<MetadataFact> unfence(MetadataImage image, BrokerImage broker, int maxBytes) {
        return withPartitions(
                image,
                List.of(new BrokerUnfenced(broker.nodeId(), broker.brokerEpoch())),
                Set.of(broker.nodeId()),
                maxBytes);
    }

    /** Starts a controlled shutdown: the broker leaves the ISRs and leads nothing, where others can. */
    List<MetadataFact> startShutdown(MetadataImage image, BrokerImage broker, int maxBytes) {
        return withPartitions(
                image,
                List.of(new BrokerShutdownStarted(broker.nodeId(), broker.brokerEpoch())),
                Set.of(broker.nodeId()),
                maxBytes);
    }

    /**
     * Registers a broker. All in one decision, however large: that its replicas may have lost records must not be known
     * later than that it is back.
     */
    List<MetadataFact> register(MetadataImage image, BrokerRegistered registration) {
        List<MetadataFact> facts = new ArrayList<>(List.of(registration));
        MetadataImage after = image.apply(facts);
        int node = registration.nodeId();
        Set<Integer> unclean = registration.cleanShutdown() ? Set.of() : Set.of(node);
        for (PartitionId id : new TreeSet<>(image.partitionsOn(node))) {
            addIfChanged(facts, after, id, unclean);
        }
        return facts;
    }

    /** Log dirs of a running broker have failed: its replicas there leave the ISRs and lead nothing, as if it were fenced for them. */
    List<MetadataFact> directoriesChanged(MetadataImage image, BrokerImage broker, List<Uuid> online, int maxBytes) {
        return withPartitions(
                image,
                List.of(new BrokerDirectoriesChanged(broker.nodeId(), broker.brokerEpoch(), online)),
                Set.of(broker.nodeId()),
                maxBytes);
    }

    /**
     * A replica is in another log dir from now on. Whatever was decided by the old partition epoch comes too late.
     *
     * @param intact whether its log is whole there; if not, it may have lost what it held, as after an unclean stop
     */
    PartitionState assign(
            MetadataImage image, String topic, PartitionState state, int nodeId, Uuid directory, boolean intact) {
        PartitionState placed = state.withDirectory(nodeId, directory);
        PartitionState next = next(image, topic, placed, intact ? Set.of() : Set.of(nodeId));
        return next.equals(placed) ? placed.confirmed() : next;
    }

    /**
     * Brings the partitions of some brokers in line with which brokers are available; no facts when they are.
     *
     * @param nodes brokers whose partitions to look at
     */
    List<MetadataFact> settle(MetadataImage image, Collection<Integer> nodes, int maxBytes) {
        return withPartitions(image, List.of(), nodes, maxBytes);
    }

    /** Whether the broker leads a partition. */
    static boolean leads(MetadataImage image, int nodeId) {
        for (PartitionId id : image.partitionsOn(nodeId)) {
            PartitionState state = image.partition(id);
            if (state != null && state.leader() == nodeId) {
                return true;
            }
        }
        return false;
    }

    private List<MetadataFact> withPartitions(
            MetadataImage image, List<MetadataFact> first, Collection<Integer> nodes, int maxBytes) {
        List<MetadataFact> facts = new ArrayList<>(first);
        MetadataImage after = image.apply(first);
        Set<PartitionId> affected = new TreeSet<>();
        nodes.forEach(node -> affected.addAll(image.partitionsOn(node)));
        int bytes = FactSize.of(facts);
        for (PartitionId id : affected) {
            if (bytes > maxBytes) {
                break;
            }
            if (addIfChanged(facts, after, id, Set.of())) {
                bytes += FactSize.atMost((PartitionChanged) facts.get(facts.size() - 1));
            }
        }
        return facts;
    }

    private boolean addIfChanged(List<MetadataFact> facts, MetadataImage image, PartitionId id, Set<Integer> unclean) {
        TopicImage topic = image.topic(id.topicId());
        PartitionState state = image.partition(id);
        if (topic == null || state == null) {
            return false;
        }
        PartitionState next = next(image, topic.name(), state, unclean);
        if (next.equals(state)) {
            return false;
        }
        facts.add(new PartitionChanged(id.topicId(), id.partition(), next));
        return true;
    }

    /** The state that follows from which brokers are available now, and which of them came back from an unclean stop. */
    PartitionState next(MetadataImage image, String topic, PartitionState state, Set<Integer> unclean) {
        int minIsr = EffectiveMinIsr.of(image, topic, state, defaultMinIsr);
        List<Integer> lost = intersect(union(state.isr(), state.elr()), unclean);
        List<Integer> trusted = minus(state.isr(), unclean);
        List<Integer> eligible = minus(state.elr(), unclean);
        List<Integer> live = available(image, state, trusted);
        List<Integer> liveEligible = available(image, state, eligible);

        List<Integer> isr;
        int leader;
        if (live.contains(state.leader())) {
            isr = live;
            leader = state.leader();
        } else if (!live.isEmpty()) {
            isr = live;
            leader = intersect(state.replicas(), live).get(0);
        } else if (!liveEligible.isEmpty()) {
            leader = intersect(state.replicas(), liveEligible).get(0);
            isr = List.of(leader);
        } else {
            isr = trusted;
            leader = PartitionState.NO_LEADER;
        }
        // Who leaves the ISR here left it cleanly, as far as is known; an unclean return takes it out of the ELR again.
        List<Integer> elr = isr.size() >= minIsr ? List.of() : minus(union(eligible, trusted), isr);
        List<Integer> lastKnownIsr = minus(union(state.lastKnownIsr(), lost), isr);
        boolean newEpoch = leader != state.leader() || !lost.isEmpty();
        PartitionState next = state.changed(isr, elr, lastKnownIsr, leader, state.leaderEpoch() + (newEpoch ? 1 : 0));
        return reassignment.completed(image, topic, next);
    }

    private static List<Integer> available(MetadataImage image, PartitionState state, List<Integer> replicas) {
        return replicas.stream().filter(node -> isAvailable(image, state, node)).toList();
    }

    /** Whether the replica may lead and be in the ISR: its broker is available, and its log dir online. */
    static boolean isAvailable(MetadataImage image, PartitionState state, int nodeId) {
        BrokerImage broker = image.broker(nodeId);
        return broker != null && broker.available() && broker.hasOnline(state.directory(nodeId));
    }
}
