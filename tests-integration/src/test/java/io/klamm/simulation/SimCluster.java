/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.controller.Decider;
import io.klamm.metadata.controller.Decision;
import io.klamm.metadata.controller.ElectionSettings;
import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionCreated;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.fact.TopicCreated;
import io.klamm.metadata.image.EffectiveMinIsr;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import io.klamm.replication.partition.IsrChangeSender.Proposal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.apache.kafka.common.Uuid;

/** The nodes of one run and their quorum. Node ids start at 1; all are brokers, the first three also voters. */
@SuppressWarnings("FutureReturnValueIgnored") // what was not decided is asked for again
final class SimCluster {
    static final String ID = "simulated";
    /** The topic that clients use. */
    static final String TOPIC = "t";

    static final Uuid TOPIC_ID = new Uuid(5, 5);
    /** A topic that comes and goes, each time under another id. */
    static final String PASSING = "passing";

    /** Of {@code __consumer_offsets}: all groups have one home. */
    static final Uuid GROUPS_ID = new Uuid(6, 6);

    static final PartitionId GROUPS_HOME = new PartitionId(GROUPS_ID, 0);
    private static final int VOTERS = 3;

    private final World world;
    private final SimQuorum quorum;
    private final SimSettings settings;
    private final Operations operations = new Operations();
    private final Map<Integer, SimNode> nodes = new TreeMap<>();
    /** Topics that there are, or were. */
    private final Set<Uuid> created = new HashSet<>();

    private List<SimNode> all = List.of();
    private BiConsumer<Integer, Proposal> proposals = (node, proposal) -> {};

    /** @param committed told of each change of the metadata: the image before and after */
    SimCluster(World world, int size, SimSettings settings, BiConsumer<MetadataImage, MetadataImage> committed) {
        this.world = world;
        this.settings = settings;
        this.quorum = new SimQuorum(world, this, (before, after) -> {
            after.topics().values().forEach(topic -> created.add(topic.id()));
            committed.accept(before, after);
        });
        for (int id = 1; id <= size; id++) {
            nodes.put(id, new SimNode(id, world, this));
        }
        all = List.copyOf(nodes.values());
        all.forEach(SimNode::start);
    }

    List<SimNode> nodes() {
        return all;
    }

    List<SimNode> voters() {
        return all.subList(0, Math.min(VOTERS, all.size()));
    }

    Operations operations() {
        return operations;
    }

    /** @param watcher told of each ISR that a leader (node id) proposes */
    void watchProposals(BiConsumer<Integer, Proposal> watcher) {
        proposals = watcher;
    }

    void proposed(int leader, Proposal proposal) {
        proposals.accept(leader, proposal);
    }

    SimNode node(int id) {
        SimNode node = nodes.get(id);
        if (node == null) {
            throw new IllegalArgumentException("no node " + id);
        }
        return node;
    }

    SimQuorum quorum() {
        return quorum;
    }

    SimSettings settings() {
        return settings;
    }

    MetadataImage newest() {
        return quorum.newest();
    }

    /** Has something decided, if there is an active controller. */
    void decide(String what, Decider<Boolean> decider) {
        SimNode active = nodes.get(quorum.leaderNode());
        SimProcess process = active == null ? null : active.process();
        if (process != null && process.controller().isActive()) {
            process.controller().decide("test", what, 2_000, decider);
        }
    }

    /** Has the topic created, sooner or later; each partition on {@code replicas} nodes. */
    void create(String topic, Uuid topicId, int partitions, int replicas) {
        decide("create " + topic, image -> decide(image, topic, topicId, partitions, replicas));
        world.time.scheduleMs(100, () -> {
            if (!created.contains(topicId)) {
                create(topic, topicId, partitions, replicas);
            }
        });
    }

    private Decision<Boolean> decide(MetadataImage image, String topic, Uuid topicId, int partitions, int replicas) {
        if (created.contains(topicId) || image.topic(topic) != null) {
            return Decision.replyOnly(false);
        }
        if (image.brokers().values().stream().anyMatch(broker -> broker.fenced())) {
            return Decision.replyOnly(false);
        }
        if (image.brokers().size() < nodes.size()) {
            return Decision.replyOnly(false);
        }
        List<MetadataFact> facts = new ArrayList<>(List.of(new TopicCreated(topicId, topic)));
        if (topic.equals(PASSING) && settings.unclean()) {
            facts.add(new ConfigChanged(ConfigResourceType.TOPIC, topic, ElectionSettings.UNCLEAN, "true"));
            facts.add(new ConfigChanged(ConfigResourceType.TOPIC, topic, EffectiveMinIsr.KEY, "1"));
        }
        for (int partition = 0; partition < partitions; partition++) {
            List<Integer> on = new ArrayList<>();
            for (int i = 0; i < replicas; i++) {
                on.add(1 + (partition + i) % nodes.size());
            }
            facts.add(new PartitionCreated(
                    topicId,
                    partition,
                    new PartitionState(
                            on,
                            Collections.nCopies(replicas, Uuid.ZERO_UUID),
                            on,
                            List.of(),
                            List.of(),
                            List.of(),
                            List.of(),
                            on.get(0),
                            0,
                            0)));
        }
        return new Decision<>(facts, true);
    }

    /** Whether somebody has agreed that records of this partition may be lost. */
    boolean mayLose(PartitionId id) {
        return settings.unclean()
                && !id.topicId().equals(TOPIC_ID)
                && !id.topicId().equals(GROUPS_ID);
    }

    /** Partitions that clients write and read. */
    List<PartitionId> used() {
        return partitions().stream().filter(id -> !id.equals(GROUPS_HOME)).toList();
    }

    /** The partitions that exist, in order. */
    List<PartitionId> partitions() {
        List<PartitionId> ids = new ArrayList<>();
        for (TopicImage topic : newest().topics().values()) {
            for (int partition = 0; partition < topic.partitions().size(); partition++) {
                ids.add(new PartitionId(topic.id(), partition));
            }
        }
        Collections.sort(ids);
        return ids;
    }
}
