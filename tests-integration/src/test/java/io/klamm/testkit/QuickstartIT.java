/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The one command of the README, and the CLI against what it starts. */
class QuickstartIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** From a node's client port to its others. */
    private static final int CONTROLLER_OFFSET = 1_000;

    private static final int RAFT_OFFSET = 2_000;

    @Test
    void threeNodesServeTheCliAndFindTheirDataAgain() throws Exception {
        Files.createDirectories(Launcher.workDirectory());
        Path directory = Files.createTempDirectory(Launcher.workDirectory(), "quickstart-");
        int port = Ports.block(3, CONTROLLER_OFFSET, RAFT_OFFSET);
        String bootstrap = "127.0.0.1:" + port;

        try (Quickstart first = new Quickstart(directory, port)) {
            first.awaitReady();
            klamm(bootstrap, "topics", "create", "songs", "--partitions", "3");
            Programs.run(
                            Duration.ofSeconds(60),
                            List.of(
                                    Launcher.path(),
                                    "produce",
                                    "songs",
                                    "--bootstrap",
                                    bootstrap,
                                    "--key-separator",
                                    ":"),
                            "a:alpha\nb:beta\nc:gamma\n")
                    .expectSuccess();
            assertThat(consumeAll(bootstrap)).containsExactlyInAnyOrder("alpha", "beta", "gamma");
            assertThat(klamm(bootstrap, "topics", "list").out()).contains("songs");
            JsonNode described = JSON.readTree(
                    klamm(bootstrap, "cluster", "describe", "--json").out());
            assertThat(described.findValues("nodeId").size()
                            + described.findValues("id").size())
                    .isGreaterThanOrEqualTo(3);
            assertThat(klamm(bootstrap, "metadata", "dump").out())
                    .contains("TopicCreated")
                    .contains("songs");
            assertThat(first.interrupt()).isZero();
        }
        try (Quickstart second = new Quickstart(directory, port)) {
            second.awaitReady();
            assertThat(consumeAll(bootstrap)).containsExactlyInAnyOrder("alpha", "beta", "gamma");
            klamm(bootstrap, "topics", "delete", "songs");
            assertThat(second.interrupt()).isZero();
        }
    }

    /** In a process: records go to standard output as they are. */
    private static List<String> consumeAll(String bootstrap) {
        return Programs.run(
                        Duration.ofSeconds(60),
                        List.of(
                                Launcher.path(),
                                "consume",
                                "songs",
                                "--from-beginning",
                                "--count",
                                "3",
                                "--bootstrap",
                                bootstrap))
                .expectSuccess()
                .lines();
    }

    private static Programs.Outcome klamm(String bootstrap, String... arguments) {
        String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 2);
        all[arguments.length] = "--bootstrap";
        all[arguments.length + 1] = bootstrap;
        return Launcher.run(all).expectSuccess();
    }

    /** A running quickstart. */
    private static final class Quickstart implements AutoCloseable {
        private final Process process;
        private final File output;
        private final int port;

        Quickstart(Path directory, int port) throws Exception {
            this.port = port;
            this.output = File.createTempFile("quickstart", ".out", directory.toFile());
            this.process = new ProcessBuilder(
                            Launcher.path(),
                            "quickstart",
                            "--port",
                            Integer.toString(port),
                            "--dir",
                            directory.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(output)
                    .start();
        }

        void awaitReady() {
            Await.until("quickstart prints its bootstrap addresses", Duration.ofSeconds(90), () -> {
                assertThat(process.isAlive())
                        .as(Files.readString(output.toPath()))
                        .isTrue();
                return Files.readString(output.toPath()).contains("127.0.0.1:" + (port + 2));
            });
        }

        /** Ctrl-C. Where this test runs with interrupts ignored (in the background of a shell), its children inherit that: SIGTERM then. */
        int interrupt() throws Exception {
            String signal = interruptsAreIgnored() ? "-TERM" : "-INT";
            Programs.run(Duration.ofSeconds(5), List.of("kill", signal, Long.toString(process.pid())))
                    .expectSuccess();
            assertThat(process.waitFor(30, TimeUnit.SECONDS))
                    .as(Files.readString(output.toPath()))
                    .isTrue();
            return process.exitValue();
        }

        private static boolean interruptsAreIgnored() throws IOException {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("SigIgn:")) {
                    return (Long.parseUnsignedLong(
                                            line.substring("SigIgn:".length()).trim(), 16)
                                    & 0b10)
                            != 0;
                }
            }
            return false;
        }

        @Override
        public void close() {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
