/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;

/** Another process takes over the id of a node that seemed dead: when that one comes back it must not stay, not even idle. */
class NodeTakeoverIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Test
    void aNodeWhoseIdWasTakenOverEndsWithOneLineAndExitCode3() {
        try (KlammCluster cluster = KlammCluster.start("takeover", 1, Map.of())) {
            NodeProcess paused = cluster.addBroker();
            paused.start();
            cluster.awaitBrokers(2);
            NodeProcess other = cluster.addDouble(2);
            paused.pause();
            try {
                other.start();
                Await.until("the other process is node 2", PATIENCE, () -> {
                    try (Admin admin = KlammCluster.admin(cluster.bootstrap(1))) {
                        return admin.describeCluster().nodes().get(10, TimeUnit.SECONDS).stream()
                                .anyMatch(node -> node.port() == cluster.doublePort());
                    }
                });
                paused.resume();
                assertThat(paused.awaitExit(PATIENCE)).isEqualTo(3);
                assertThat(paused.tail()).contains("has registered as node 2");
                assertThat(other.isAlive()).isTrue();
            } finally {
                other.kill();
            }
        }
    }
}
