/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;

/** Nodes of Apache Kafka, with the heap and the collector of its own start script. One instance for one cluster. */
final class ApacheKafka implements BrokerProgram {
    private final Path lib;
    private final String clusterId = Uuid.randomUuid().toString();

    /** @param lib folder with all its jars */
    ApacheKafka(Path lib) {
        this.lib = lib;
    }

    @Override
    public String name() {
        try (Stream<Path> jars = Files.list(lib)) {
            return jars.map(jar -> jar.getFileName().toString())
                    .filter(jar -> jar.startsWith("kafka-server-common-"))
                    .map(jar -> "Apache Kafka "
                            + jar.substring("kafka-server-common-".length(), jar.length() - ".jar".length()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no Apache Kafka in " + lib));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<String> command(Path config) {
        return java(
                List.of(
                        "-Xms1g",
                        "-Xmx1g",
                        "-server",
                        "-XX:+UseG1GC",
                        "-XX:MaxGCPauseMillis=20",
                        "-XX:InitiatingHeapOccupancyPercent=35",
                        "-XX:+ExplicitGCInvokesConcurrent",
                        "-Djava.awt.headless=true"),
                "kafka.Kafka",
                config.toString());
    }

    @Override
    public void prepare(Path config) {
        Programs.run(
                        Duration.ofSeconds(60),
                        java(
                                List.of("-Xmx256m"),
                                "kafka.tools.StorageTool",
                                "format",
                                "-t",
                                clusterId,
                                "-c",
                                config.toString()))
                .expectSuccess();
    }

    private List<String> java(List<String> options, String... program) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.add("-cp");
        command.add(lib + File.separator + "*");
        command.addAll(List.of(program));
        return command;
    }
}
