/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** A consumer group of kafkajs, from npm as it comes. */
class KafkaJsIT {
    @Test
    void twoConsumersShareATopicAndOneReadsOnAlone() throws Exception {
        Assumptions.assumeTrue(Programs.installed("npm"), "npm is not installed");
        Path program = install();
        try (KlammCluster cluster = KlammCluster.start("kafkajs", 3, Map.of())) {
            cluster.createTopic("js", 4, 3, Map.of());
            assertThat(Programs.run(
                                    Duration.ofMinutes(2),
                                    List.of("node", program.toString(), cluster.bootstrap(), "js", "js-group"))
                            .expectSuccess()
                            .lines())
                    .containsExactly(
                            "both own half", "all is read", "one owns all", "the rest is read", "all is committed");
        }
    }

    /** Beside the clusters, once. */
    private static Path install() throws Exception {
        Path folder = Launcher.workDirectory().resolveSibling("kafkajs");
        Files.createDirectories(folder);
        copy("package.json", folder);
        Path program = copy("group.js", folder);
        if (!Files.exists(folder.resolve("node_modules/kafkajs/package.json"))) {
            Programs.run(
                            Duration.ofMinutes(2),
                            List.of("npm", "install", "--prefix", folder.toString(), "--no-audit", "--no-fund"))
                    .expectSuccess();
        }
        return program;
    }

    private static Path copy(String name, Path folder) throws Exception {
        Path to = folder.resolve(name);
        try (InputStream in = Objects.requireNonNull(KafkaJsIT.class.getResourceAsStream("/kafkajs/" + name))) {
            Files.write(to, in.readAllBytes());
        }
        return to;
    }
}
