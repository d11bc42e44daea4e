/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The promises of design D5 under faults, one schedule for each seed. Many more of them: mvn -Psimulation. */
class ClusterSimulationTest {
    private static final long FIRST_SEED = Long.getLong("seeds.first", 1);
    private static final long SEEDS = Long.getLong("seeds.count", 1_000);
    private static final int THREADS = Integer.getInteger("seeds.threads", 2);
    private static final int REPLAYED = 15;
    private static final long OTHER_JVM = Math.min(SEEDS, 30);

    @Test
    void nothingAcknowledgedIsLostAndReplicasConverge() throws Exception {
        Totals totals = new SeedPlayer(FIRST_SEED, SEEDS, THREADS).play();
        System.out.println(totals);
        assertThat(totals.fewestEvents()).as("events of a run").isGreaterThanOrEqualTo(2_000);
        assertThat(totals.fewestFaults()).as("faults of a run that bit").isGreaterThanOrEqualTo(3);
        if (SEEDS >= 1_000) {
            assertThat(totals.coverage().missing())
                    .as("faults and rules that no run has seen")
                    .isEmpty();
        }
    }

    @Test
    void aSeedReplaysIdentically() {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + Math.min(SEEDS, REPLAYED); seed++) {
            assertThat(SeedPlayer.play(seed).hash())
                    .as("hash of seed %s", seed)
                    .isEqualTo(SeedPlayer.play(seed).hash());
        }
    }

    /**
     * Maps and sets of the JDK iterate in an order that each JVM draws anew, and those of objects without a hash of
     * their own in the order of their identities (here all alike, to be sure of a difference): no schedule may follow it.
     */
    @Test
    void anotherJvmPlaysTheSame(@TempDir Path directory) throws Exception {
        Totals here = new SeedPlayer(FIRST_SEED, OTHER_JVM, 1).play();
        Path output = directory.resolve("output");
        Process run = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-XX:+UnlockExperimentalVMOptions",
                        "-XX:hashCode=2",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ClusterSimulationMain.class.getName(),
                        Long.toString(FIRST_SEED),
                        Long.toString(OTHER_JVM))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(run.waitFor(2, TimeUnit.MINUTES)).as("ends in time").isTrue();
        } finally {
            run.destroyForcibly();
        }
        assertThat(Files.readString(output))
                .as("seeds from %s on", FIRST_SEED)
                .contains(String.format("trace hash %016x", here.hash()));
    }
}
