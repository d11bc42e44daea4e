/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;

/** Nodes compare their metadata while they run: one of them gets other metadata, with the right check sum, and must be named. */
class DivergedMetadataIT {
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final String RIGHT = "3600123";
    private static final String WRONG = "7200123";

    private int changes;

    @Test
    void aRunningNodeWhoseMetadataIsAnotherOneIsNamed() throws Exception {
        Map<String, String> often =
                Map.of("quorum.snapshot.trigger.entries", "10", "metadata.digest.interval.facts", "10");
        try (KlammCluster cluster = KlammCluster.start("diverged", 3, often)) {
            cluster.createTopic("orders", 1, 3, Map.of("retention.ms", RIGHT));
            cluster.createTopic("changing", 1, 3, Map.of());
            NodeProcess odd = cluster.node(cluster.quorumLeader() % 3 + 1);
            Await.until("all nodes have compared their metadata and a snapshot holds the topic", WAIT, () -> {
                change(cluster);
                JsonNode view = describe(cluster);
                return newestSnapshot(odd).map(DivergedMetadataIT::isRight).orElse(false)
                        && view.get("divergence").isNull()
                        && nodesWith(view, "equalUpTo").equals(List.of(1, 2, 3));
            });
            assertThat(odd.stop(WAIT)).isZero();
            int term = describe(cluster).get("term").asInt();
            assertThat(Launcher.run(
                                    "metadata",
                                    "verify",
                                    "--dir",
                                    odd.directory().resolve("data").toString())
                            .expectSuccess()
                            .out())
                    .startsWith("metadata up to ");
            plant(newestSnapshot(odd).orElseThrow());
            odd.start();
            cluster.awaitBrokers(3);

            JsonNode view = Await.get("the node is named", WAIT, () -> {
                change(cluster);
                JsonNode now = describe(cluster);
                return now.get("divergence").isNull() ? null : now;
            });
            List<Integer> differing = nodesWith(view, "differsAt");
            assertThat(differing).isNotEmpty();
            if (view.get("term").asInt() == term) {
                // Had it led meanwhile, it would have been the measure, and the others the odd ones.
                assertThat(differing).containsExactly(odd.nodeId());
            }
            for (int node : differing) {
                assertThat(Files.readString(cluster.node(node).logFile()))
                        .contains("The metadata of this node is not that of the active controller");
                assertThat(logs(cluster)).contains("The metadata of node " + node + " is not that of the active");
            }
        }
    }

    /** Ten facts. */
    private void change(KlammCluster cluster) throws Exception {
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "changing");
        List<String> keys = List.of(
                "retention.bytes",
                "segment.bytes",
                "segment.ms",
                "max.message.bytes",
                "flush.ms",
                "delete.retention.ms",
                "file.delete.delay.ms",
                "index.interval.bytes",
                "min.compaction.lag.ms",
                "flush.messages");
        changes++;
        try (Admin admin = cluster.admin()) {
            admin.incrementalAlterConfigs(Map.of(
                            topic,
                            IntStream.range(0, keys.size())
                                    .mapToObj(index -> new AlterConfigOp(
                                            new ConfigEntry(keys.get(index), Integer.toString(2_000_000 + changes)),
                                            OpType.SET))
                                    .toList()))
                    .all()
                    .get(20, TimeUnit.SECONDS);
        }
    }

    private static JsonNode describe(KlammCluster cluster) throws IOException {
        return new ObjectMapper()
                .readTree(Launcher.run("quorum", "describe", "--json", "--bootstrap", cluster.bootstrap())
                        .out());
    }

    private static List<Integer> nodesWith(JsonNode view, String field) {
        return Stream.iterate(0, index -> index < view.get("members").size(), index -> index + 1)
                .map(index -> view.get("members").get(index))
                .filter(member -> !member.get(field).isNull())
                .map(member -> member.get("nodeId").asInt())
                .toList();
    }

    private static String logs(KlammCluster cluster) throws IOException {
        StringBuilder all = new StringBuilder();
        for (NodeProcess node : cluster.nodes()) {
            all.append(Files.readString(node.logFile()));
        }
        return all.toString();
    }

    /** Its name ends with the end offset of its image and a term. */
    private static Optional<Path> newestSnapshot(NodeProcess node) throws IOException {
        try (Stream<Path> files = Files.walk(node.directory().resolve("data/__cluster_metadata-0/raft"))) {
            return files.filter(file -> file.getFileName().toString().matches("snapshot\\.\\d+_\\d+\\.\\d+_\\d+"))
                    .max(Comparator.comparingLong(DivergedMetadataIT::endOffset));
        }
    }

    private static long endOffset(Path snapshot) {
        return Long.parseLong(snapshot.getFileName().toString().split("[._]", -1)[3]);
    }

    private static boolean isRight(Path snapshot) {
        try {
            return Files.readString(snapshot, StandardCharsets.ISO_8859_1).contains(RIGHT);
        } catch (IOException e) {
            return false; // it has just been replaced by a newer one
        }
    }

    /** Another value of the same length; the checksum is right again. */
    private static void plant(Path snapshot) throws IOException {
        String text = Files.readString(snapshot, StandardCharsets.ISO_8859_1);
        assertThat(text).containsOnlyOnce(RIGHT);
        byte[] bytes = text.replace(RIGHT, WRONG).getBytes(StandardCharsets.ISO_8859_1);
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length - Integer.BYTES);
        ByteBuffer.wrap(bytes).putInt(bytes.length - Integer.BYTES, (int) crc.getValue());
        Files.write(snapshot, bytes);
    }
}
