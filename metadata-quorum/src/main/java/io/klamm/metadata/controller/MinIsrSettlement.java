/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.ConfigKey;
import io.klamm.metadata.image.EffectiveMinIsr;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a lower min.insync.replicas means for partitions that were below the old one (KIP-966): their ISR is large enough now, so
 * their leaders commit again, without the replicas of ELR and lastKnownIsr, which must therefore not be elected any more. This has to
 * happen in the batch that holds the new value: in between a leader could commit what such a replica lacks.
 */
final class MinIsrSettlement {
    private final int defaultMinIsr;
    private final Reassignment reassignment;

    /** @param defaultMinIsr min.insync.replicas of the static configuration, see {@link EffectiveMinIsr} */
    MinIsrSettlement(int defaultMinIsr) {
        this.defaultMinIsr = defaultMinIsr;
        this.reassignment = new Reassignment(defaultMinIsr);
    }

    /** The decider, whose decisions carry along what follows from them. */
    <R> Decider<R> settling(Decider<R> decider) {
        return pending -> {
            Decision<R> decision = decider.decide(pending);
            List<MetadataFact> settled = facts(pending, decision.facts());
            if (settled.isEmpty()) {
                return decision;
            }
            List<MetadataFact> all = new ArrayList<>(decision.facts());
            all.addAll(settled);
            return new Decision<>(all, decision.reply());
        };
    }

    /** The changes of partitions that follow from {@code decided}, which is not in {@code pending} yet. */
    List<MetadataFact> facts(MetadataImage pending, List<MetadataFact> decided) {
        Set<String> topics = new TreeSet<>();
        boolean allTopics = false;
        for (MetadataFact fact : decided) {
            if (fact instanceof ConfigChanged change && change.key().equals(EffectiveMinIsr.KEY)) {
                allTopics |= new ConfigKey(change.type(), change.name()).equals(EffectiveMinIsr.CLUSTER);
                if (change.type() == ConfigResourceType.TOPIC) {
                    topics.add(change.name());
                }
            }
        }
        List<MetadataFact> facts = new ArrayList<>();
        if (allTopics || !topics.isEmpty()) {
            MetadataImage after = pending.apply(decided);
            for (TopicImage topic : after.topics().values()) {
                if (allTopics || topics.contains(topic.name())) {
                    settle(after, topic, facts);
                }
            }
        }
        return facts;
    }

    private void settle(MetadataImage image, TopicImage topic, List<MetadataFact> facts) {
        for (int partition = 0; partition < topic.partitions().size(); partition++) {
            PartitionState state = topic.partition(partition);
            if (state == null || !state.hasLeader()) {
                continue; // nothing is committed without a leader; whoever is elected settles it
            }
            int minIsr = EffectiveMinIsr.of(image, topic.name(), state, defaultMinIsr);
            if (state.isr().size() >= minIsr) {
                PartitionState next = reassignment.completed(
                        image,
                        topic.name(),
                        state.changed(state.isr(), List.of(), List.of(), state.leader(), state.leaderEpoch()));
                if (!next.equals(state)) {
                    facts.add(new PartitionChanged(topic.id(), partition, next));
                }
            }
        }
    }
}
