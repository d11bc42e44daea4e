/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.group.assign.TopicPartitions.Topic;
import io.klamm.metadata.fact.BrokerRegistered;
import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.MetadataVersions;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionCreated;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.fact.TopicCreated;
import io.klamm.metadata.fact.TopicDeleted;
import io.klamm.metadata.image.MetadataDelta;
import io.klamm.metadata.image.MetadataImage;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What groups see of the metadata, and what of its changes. */
class ImageViewTest {
    private static final Uuid ID = new Uuid(1, 1);

    private static MetadataFact broker(int id, @Nullable String rack) {
        return broker(id, id, rack);
    }

    private static MetadataFact broker(int id, long epoch, @Nullable String rack) {
        return new BrokerRegistered(
                id,
                epoch,
                new Uuid(9, id),
                List.of(),
                rack,
                List.of(),
                MetadataVersions.OLDEST,
                MetadataVersions.NEWEST,
                false);
    }

    private static PartitionState state(int leader, int epoch, Integer... replicas) {
        List<Integer> nodes = List.of(replicas);
        return new PartitionState(
                nodes,
                nodes.stream().map(node -> new Uuid(8, node)).toList(),
                nodes,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                leader,
                epoch,
                epoch);
    }

    private static MetadataImage topicOn(@Nullable String firstRack) {
        return MetadataImage.EMPTY.apply(List.of(
                broker(1, firstRack),
                broker(2, null),
                new TopicCreated(ID, "topic"),
                new PartitionCreated(ID, 0, state(1, 1, 1, 2)),
                new PartitionCreated(ID, 1, state(2, 1, 2))));
    }

    private static TopicChanges changes(MetadataImage from, MetadataFact... facts) {
        return TopicChanges.of(MetadataDelta.between(from, from.apply(List.of(facts))));
    }

    @Test
    void topicsAreSeenWithTheRacksOfTheirReplicas() {
        ImageView view = new ImageView(topicOn("r1"));
        assertThat(view.topic("topic")).isEqualTo(new Topic(ID, "topic", 2, List.of(Set.of("r1"), Set.of())));
        assertThat(view.topicName(ID)).isEqualTo("topic");
        assertThat(view.topic("other")).isNull();
        assertThat(view.topicName(new Uuid(3, 3))).isNull();
        assertThat(new ImageView(topicOn(null)).topic("topic")).isEqualTo(new Topic(ID, "topic", 2, List.of()));
    }

    @Test
    void groupsHaveSettingsByTheirNames() {
        MetadataImage image = MetadataImage.EMPTY.apply(
                List.of(new ConfigChanged(ConfigResourceType.GROUP, "g", "consumer.session.timeout.ms", "1")));
        assertThat(new ImageView(image).groupConfig("g")).isEqualTo(Map.of("consumer.session.timeout.ms", "1"));
        assertThat(new ImageView(image).groupConfig("topic")).isEmpty();
    }

    @Test
    void whatConcernsAssignmentsIsAChange() {
        MetadataImage image = topicOn(null);
        assertThat(changes(image, new PartitionCreated(ID, 2, state(1, 1, 1))).names())
                .containsExactly("topic");
        assertThat(changes(image, new PartitionChanged(ID, 1, state(1, 2, 1))).names())
                .containsExactly("topic");
        assertThat(changes(image, new TopicDeleted(ID)).names()).containsExactly("topic");
        assertThat(changes(MetadataImage.EMPTY, broker(1, null), new TopicCreated(ID, "topic"))
                        .isEmpty())
                .as("it has no partitions yet")
                .isTrue();
        assertThat(changes(image, broker(1, 10, "r1")).racks()).isTrue();
        assertThat(changes(image, broker(3, 10, null)).isEmpty()).isTrue();
    }

    @Test
    void anotherLeaderIsNone() {
        MetadataImage image = topicOn(null);
        assertThat(changes(image, new PartitionChanged(ID, 0, state(2, 2, 1, 2)))
                        .isEmpty())
                .isTrue();
    }
}
