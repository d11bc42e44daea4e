/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.image.Cordon;
import io.klamm.metadata.image.MetadataImage;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked // what is missing fails the test
class BrokerRemoverTest {
    private final ClusterFixture cluster =
            ClusterFixture.withBrokers(1, 2, 3, 4).withPartition(2, 1, 2, 3);

    private Errors unregister(int node) {
        MetadataImage before = cluster.image;
        Decision<BrokerRemover.Reply> decision = new BrokerRemover(-1).unregister(cluster.image, node);
        cluster.apply(decision.facts());
        if (decision.reply().error() != Errors.NONE) {
            assertThat(cluster.image).isEqualTo(before);
            assertThat(decision.reply().message()).isNotEmpty();
        }
        return decision.reply().error();
    }

    @Test
    void aBrokerWithoutReplicasIsGone() {
        cluster.fence(4);
        cluster.apply(List.of(new ConfigChanged(ConfigResourceType.BROKER, "4", Cordon.KEY, "*")));
        assertThat(unregister(4)).isEqualTo(Errors.NONE);
        assertThat(cluster.image.broker(4)).isNull();
        assertThat(Cordon.isCordoned(cluster.image, 4)).isFalse();
        assertThat(unregister(4)).isEqualTo(Errors.BROKER_ID_NOT_REGISTERED);
    }

    @Test
    void nothingCountsOfWhatItHeldAndOthersLead() {
        assertThat(unregister(1)).isEqualTo(Errors.NONE);
        assertThat(cluster.describe()).isEqualTo("leader 2 epoch 1 isr [2, 3] elr [] lastKnownIsr []");
        assertThat(cluster.state().replicas()).containsExactly(1, 2, 3);
        cluster.fence(3);
        assertThat(cluster.state().elr()).containsExactly(3);
        assertThat(unregister(3)).isEqualTo(Errors.NONE);
        assertThat(cluster.describe()).isEqualTo("leader 2 epoch 1 isr [2] elr [] lastKnownIsr []");
        // A new process under the old number, with whatever disk, is trusted with nothing.
        cluster.start(3, -1);
        cluster.unfence(3);
        cluster.fence(2);
        assertThat(cluster.state().hasLeader()).isFalse();
    }

    @Test
    void theLastOneThatSurelyHasTheRecordsStays() {
        cluster.fence(2);
        cluster.fence(3);
        cluster.startUnclean(3);
        assertThat(cluster.describe()).isEqualTo("leader 1 epoch 1 isr [1] elr [] lastKnownIsr [3]");
        assertThat(unregister(1)).isEqualTo(Errors.INVALID_REQUEST);
        cluster.startUnclean(1);
        assertThat(cluster.state().lastKnownIsr()).containsExactlyInAnyOrder(1, 3);
        assertThat(List.of(unregister(1), unregister(3))).containsOnly(Errors.INVALID_REQUEST);
        assertThat(unregister(2)).isEqualTo(Errors.NONE);
    }
}
