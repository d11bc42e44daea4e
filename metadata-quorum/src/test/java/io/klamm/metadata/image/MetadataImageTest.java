/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.metadata.fact.BrokerFenced;
import io.klamm.metadata.fact.ClusterCreated;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.FactFormatException;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.MetadataVersionFinalized;
import io.klamm.metadata.fact.MetadataVersions;
import io.klamm.metadata.fact.PartitionCreated;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.fact.TopicCreated;
import io.klamm.metadata.fact.TopicDeleted;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked // what is missing fails the test
class MetadataImageTest {
    private static final Uuid TOPIC = new Uuid(7, 7);
    private static final PartitionState STATE = new PartitionState(
            List.of(1), List.of(Uuid.ZERO_UUID), List.of(1), List.of(), List.of(), List.of(), List.of(), 1, 0, 0);

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void imagePlusDeltaIsTheNextImageThroughAllImagesBetween(long seed) throws IOException {
        RandomFacts facts = new RandomFacts(seed);
        Random random = new Random(seed);
        List<MetadataImage> images = new ArrayList<>(List.of(MetadataImage.EMPTY));
        List<MetadataDelta> deltas = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            MetadataImage image = images.get(i);
            MetadataDelta delta = MetadataDelta.of(image, facts.batch(image));
            assertThat(delta.from()).isSameAs(image);
            assertCovers(delta);
            deltas.add(delta);
            images.add(delta.to());
            assertIndexes(delta.to());
            assertThat(snapshot(delta.to())).isEqualTo(delta.to());
        }
        for (int i = 0; i < 60; i++) {
            int start = random.nextInt(deltas.size());
            int end = start + 1 + random.nextInt(deltas.size() - start);
            MetadataDelta merged = deltas.get(start);
            for (int next = start + 1; next < end; next++) {
                merged = merged.merge(deltas.get(next));
            }
            assertThat(merged.from()).isSameAs(images.get(start));
            assertThat(merged.to()).isSameAs(images.get(end));
            assertCovers(merged);
            assertTouchedAtMost(merged, deltas.subList(start, end));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {11, 12})
    void snapshotsAreEqualForEqualImagesAndDamageIsFound(long seed) throws IOException {
        RandomFacts facts = new RandomFacts(seed);
        Random random = new Random(seed);
        MetadataImage image = MetadataImage.EMPTY;
        for (int i = 0; i < 60; i++) {
            image = image.apply(facts.batch(image));
        }
        byte[] bytes = snapshotBytes(image);
        assertThat(snapshotBytes(snapshot(image))).isEqualTo(bytes);
        for (int length = 0; length < bytes.length; length += 1 + random.nextInt(30)) {
            assertDamaged(Arrays.copyOf(bytes, length));
        }
        assertDamaged(Arrays.copyOf(bytes, bytes.length + 1));
        for (int position = 0; position < bytes.length; position += 1 + random.nextInt(30)) {
            byte[] bad = bytes.clone();
            bad[position] ^= (byte) (1 << random.nextInt(8));
            assertDamaged(bad);
        }
    }

    @Test
    void factsThatMakeNoSenseStopWithAReason() {
        MetadataImage image = MetadataImage.EMPTY.apply(List.of(new ClusterCreated("c", List.of())));
        assertRefused(image, new ClusterCreated("d", List.of()), "the cluster c exists already");
        assertRefused(image, new PartitionCreated(TOPIC, 0, STATE), "metadata offset 1: cannot apply PartitionCreated");
        assertRefused(image, new TopicDeleted(TOPIC), "there is no such topic");
        assertRefused(image, new BrokerFenced(1, 1), "the broker is not registered");
        short tooNew = MetadataVersions.NEWEST + 1;
        assertRefused(image, new MetadataVersionFinalized(tooNew), "start one that supports " + tooNew);
        MetadataImage topic = image.apply(List.of(new TopicCreated(TOPIC, "t")));
        assertRefused(topic, new PartitionCreated(TOPIC, 1, STATE), "the topic has 0 partitions");
        assertRefused(topic, new TopicCreated(Uuid.ZERO_UUID, "t"), "a topic with this name exists");
        assertThatThrownBy(() -> topic.apply(new FactBatch(0, 7, 0, "", "", List.of(new TopicDeleted(TOPIC)))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("does not follow");
    }

    @Test
    void aTopicThatCameAndWentInOneBatchWasNeverSeen() {
        MetadataDelta delta = MetadataDelta.of(
                MetadataImage.EMPTY,
                new FactBatch(
                        1,
                        0,
                        0,
                        "",
                        "",
                        List.of(
                                new TopicCreated(TOPIC, "t"),
                                new PartitionCreated(TOPIC, 0, STATE),
                                new TopicDeleted(TOPIC))));
        assertThat(delta.partitions()).isEmpty();
        assertThat(delta.deletedTopics()).isEmpty();
    }

    /** Everything that differs is in the delta, and only what it may name. */
    private static void assertCovers(MetadataDelta delta) {
        MetadataDelta differing = MetadataDelta.between(delta.from(), delta.to());
        assertThat(delta.brokers()).containsAll(differing.brokers());
        assertThat(delta.partitions()).containsAll(differing.partitions());
        assertThat(delta.deletedTopics()).isEqualTo(differing.deletedTopics());
        assertThat(delta.configs()).containsAll(differing.configs());
        assertThat(delta.partitions()).allMatch(id -> delta.to().partition(id) != null);

        // An independent comparison, partition by partition.
        Map<PartitionId, PartitionState> before = partitions(delta.from());
        Map<PartitionId, PartitionState> after = partitions(delta.to());
        after.forEach((id, state) -> {
            if (!state.equals(before.get(id))) {
                assertThat(delta.partitions()).contains(id);
            }
        });
        before.keySet().forEach(id -> assertThat(
                        after.containsKey(id) || delta.deletedTopics().contains(id.topicId()))
                .isTrue());
    }

    private static void assertTouchedAtMost(MetadataDelta merged, List<MetadataDelta> parts) {
        Set<PartitionId> partitions = new HashSet<>();
        Set<Integer> brokers = new HashSet<>();
        Set<ConfigKey> configs = new HashSet<>();
        for (MetadataDelta part : parts) {
            partitions.addAll(part.partitions());
            brokers.addAll(part.brokers());
            configs.addAll(part.configs());
        }
        assertThat(partitions).containsAll(merged.partitions());
        assertThat(brokers).isEqualTo(merged.brokers());
        assertThat(configs).isEqualTo(merged.configs());
    }

    private static void assertIndexes(MetadataImage image) {
        Map<Integer, Set<PartitionId>> onBroker = new HashMap<>();
        partitions(image).forEach((id, state) -> state.replicas()
                .forEach(broker ->
                        onBroker.computeIfAbsent(broker, b -> new HashSet<>()).add(id)));
        assertThat(image.partitionsByBroker().keySet()).isEqualTo(onBroker.keySet());
        onBroker.forEach((broker, ids) -> assertThat(image.partitionsOn(broker)).isEqualTo(ids));
        Map<Integer, Integer> preferred = new HashMap<>();
        partitions(image)
                .values()
                .forEach(state -> preferred.merge(state.replicas().get(0), 1, Integer::sum));
        assertThat(image.preferredLeaders()).isEqualTo(preferred);
        assertThat(image.topicIds()).hasSameSizeAs(image.topics());
        image.topicIds()
                .forEach((name, id) -> assertThat(image.topics().get(id).name()).isEqualTo(name));
        assertThat(image.configs().values()).noneMatch(Map::isEmpty);
    }

    private static Map<PartitionId, PartitionState> partitions(MetadataImage image) {
        Map<PartitionId, PartitionState> partitions = new HashMap<>();
        image.topics().values().forEach(topic -> {
            for (int i = 0; i < topic.partitions().size(); i++) {
                partitions.put(
                        new PartitionId(topic.id(), i), topic.partitions().get(i));
            }
        });
        return partitions;
    }

    private static void assertRefused(MetadataImage image, MetadataFact fact, String message) {
        assertThatThrownBy(() -> image.apply(List.of(fact)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(message);
    }

    private static byte[] snapshotBytes(MetadataImage image) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageSnapshot.write(image, out);
        return out.toByteArray();
    }

    private static MetadataImage snapshot(MetadataImage image) throws IOException {
        return ImageSnapshot.read(new ByteArrayInputStream(snapshotBytes(image)));
    }

    private static void assertDamaged(byte[] bytes) {
        assertThatThrownBy(() -> ImageSnapshot.read(new ByteArrayInputStream(bytes)))
                .isInstanceOf(FactFormatException.class);
    }
}
