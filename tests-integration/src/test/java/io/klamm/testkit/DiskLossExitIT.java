/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.judge.HistoryJudge;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * What a node cannot live without: a log dir that works, and the dir of its metadata log. It ends with exit code 3, the others go on, and
 * nothing acknowledged is lost.
 */
@EnabledIf("io.klamm.testkit.LoopDisk#available")
class DiskLossExitIT {
    private static final String TOPIC = "orders";
    private static final int PARTITIONS = 6;
    private static final int VICTIM = 1;
    private static final int FATAL = 3;
    private static final Duration WAIT = Duration.ofSeconds(30);

    private @Nullable KlammCluster cluster;
    private @Nullable LoopDisk disk;
    private final List<RecordedProducer> producers = new ArrayList<>();

    @AfterEach
    void stop() {
        producers.forEach(RecordedProducer::close);
        if (cluster != null) {
            cluster.close();
        }
        if (disk != null) {
            disk.close();
        }
    }

    @Test
    void withoutALogDirANodeEnds() {
        run(
                "no-dir",
                Map.of(
                        "log.dirs", KlammCluster.HOME + "/disk/first," + KlammCluster.HOME + "/disk/second",
                        "metadata.log.dir", KlammCluster.HOME + "/metadata"));
    }

    @Test
    void withoutItsMetadataLogANodeEnds() {
        run(
                "no-metadata",
                Map.of(
                        "log.dirs", KlammCluster.HOME + "/data",
                        "metadata.log.dir", KlammCluster.HOME + "/disk/metadata"));
    }

    private void run(String name, Map<String, String> overrides) {
        KlammCluster three = KlammCluster.define(name, 3, overrides);
        cluster = three;
        LoopDisk victims = LoopDisk.mount(three.node(VICTIM).directory().resolve("disk"), 128);
        disk = victims;
        three.startAll();
        three.createTopic(TOPIC, PARTITIONS, 3, Map.of("min.insync.replicas", "2"));
        producers.add(new RecordedProducer(0, three.bootstrap(), TOPIC, PARTITIONS, Map.of()).start());
        awaitProgress();
        victims.fail();
        Await.until("something is decided, so that the metadata log is written", WAIT, () -> {
            try (Admin admin = KlammCluster.admin(three.bootstrap(2))) {
                admin.createTopics(List.of(new NewTopic("more", 1, (short) 2)));
                return admin.listTopics().names().get(10, TimeUnit.SECONDS).contains("more");
            }
        });
        assertThat(three.node(VICTIM).awaitExit(WAIT))
                .as("exit code; " + three.node(VICTIM).tail())
                .isEqualTo(FATAL);
        awaitProgress();
        List<Send> sends = new ArrayList<>();
        producers.forEach(producer -> sends.addAll(producer.finish()));
        producers.clear();
        List<Contents> reads = TopicReader.readAll(three.bootstrap(), TOPIC, PARTITIONS, WAIT);
        assertThat(HistoryJudge.anomalies(sends, reads))
                .as("files in " + three.directory())
                .isEmpty();
    }

    private void awaitProgress() {
        producers.forEach(producer -> producer.awaitProgress(500, WAIT));
    }
}
