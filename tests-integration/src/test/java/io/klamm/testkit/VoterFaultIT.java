/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** What a voter must not go on with ends its process, with a reason in one line; the others go on. */
class VoterFaultIT {
    private static final Duration WAIT = Duration.ofSeconds(60);

    @Test
    @EnabledIf("io.klamm.testkit.LoopDisk#available")
    void aFullDiskAndABrokenDiskEndInACleanExit() throws Exception {
        KlammCluster cluster =
                KlammCluster.define("voter-disks", 3, Map.of("metadata.log.dir", KlammCluster.HOME + "/meta/data"));
        List<NodeProcess> nodes = cluster.nodes();
        try (LoopDisk full = LoopDisk.mount(nodes.get(1).directory().resolve("meta"), 64);
                LoopDisk broken = LoopDisk.mount(nodes.get(2).directory().resolve("meta"), 64);
                cluster) {
            cluster.startAll();
            broken.fail();
            assertEnds(cluster, nodes.get(2));
            broken.repair();
            nodes.get(2).start();
            cluster.awaitBrokers(3);

            full.fillUp();
            assertEnds(cluster, nodes.get(1));
            full.free();
            nodes.get(1).start();
            cluster.awaitBrokers(3);
        }
    }

    /** While the metadata changes, which the others decide. */
    private static void assertEnds(KlammCluster cluster, NodeProcess node) throws Exception {
        try (Admin admin = cluster.admin()) {
            for (int i = 0; node.isAlive() && i < 100; i++) {
                String topic = "topic-" + node.nodeId() + "-" + i;
                Await.until("topic " + topic + " exists", WAIT, () -> {
                    admin.createTopics(List.of(new NewTopic(topic, 50, (short) 1)));
                    return admin.listTopics().names().get(10, TimeUnit.SECONDS).contains(topic);
                });
            }
        }
        assertThat(node.awaitExit(WAIT)).isEqualTo(3);
        assertThat(node.tail()).contains("the metadata log cannot be written").doesNotContain("\tat io.klamm");
    }
}
