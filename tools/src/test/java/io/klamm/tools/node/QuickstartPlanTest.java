/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.broker.config.NodeConfig;
import io.klamm.tools.CommandException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuickstartPlanTest {
    private static final Path HOME = Path.of("/data/klamm");

    @TempDir
    private Path temp;

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "3, 3", "4, 3", "5, 5", "6, 5", "20, 5"})
    void choosesAnOddNumberOfVotersUpToFive(int nodes, int voters) {
        assertThat(new QuickstartPlan(nodes, 9092, "id", HOME).voters()).isEqualTo(voters);
    }

    @ParameterizedTest
    @CsvSource({"1, 9092", "3, 9092", "5, 1", "5, 63531", "5, 63532", "100, 65436", "3, 65533"})
    void givesEveryListenerAPortOfItsOwn(int nodes, int port) {
        QuickstartPlan plan = new QuickstartPlan(nodes, port, "id", HOME);
        Set<Integer> ports = new HashSet<>();

        plan.nodeIds().forEach(id -> plan.ports(id).forEach(used -> {
            assertThat(used).isBetween(1, 65_535);
            assertThat(ports.add(used)).as("port " + used + " is given twice").isTrue();
        }));
        assertThat(plan.clientPort(1)).isEqualTo(port);
        assertThat(plan.clientPort(nodes)).isEqualTo(port + nodes - 1);
    }

    @Test
    void writesPropertiesThatANodeAccepts() throws IOException {
        QuickstartPlan plan = new QuickstartPlan(4, 65_000, "AAAAAAAAAAAAAAAAAAAAAA", HOME);

        for (int id : plan.nodeIds().toArray()) {
            Properties properties = new Properties();
            properties.load(new StringReader(String.join("\n", plan.properties(id))));
            NodeConfig config = NodeConfig.parse(properties, Map.of());

            assertThat(config.warnings()).isEmpty();
            assertThat(config.nodeId()).isEqualTo(id);
            assertThat(config.isController()).isEqualTo(id <= 3);
            assertThat(config.clusterId()).isEqualTo("AAAAAAAAAAAAAAAAAAAAAA");
            assertThat(config.logDirs())
                    .containsExactly(HOME.resolve("node-" + id).resolve("data"));
            assertThat(config.quorumConfig().raftPortOffset()).isEqualTo(-1000);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 9092", "101, 9092", "3, 0", "3, 65534"})
    void refusesWhatDoesNotFit(int nodes, int port) {
        assertThatThrownBy(() -> new QuickstartPlan(nodes, port, "id", HOME)).isInstanceOf(CommandException.class);
    }

    @Test
    void aDirectoryRemembersItsCluster() {
        QuickstartPlan first = open(5, 19_092);
        QuickstartDirectory.write(first);

        assertThat(open(null, null)).isEqualTo(first);
        assertThat(open(5, 19_092)).isEqualTo(first);
        assertThatThrownBy(() -> open(3, null))
                .isInstanceOf(CommandException.class)
                .hasMessageContaining("holds a cluster of 5 nodes from port 19092")
                .hasMessageContaining("--nodes 5 --port 19092");
        assertThatThrownBy(() -> open(null, 9092)).hasMessageContaining("give another --dir");
    }

    @Test
    void twoDirectoriesAreTwoClusters() {
        assertThat(QuickstartDirectory.open(temp.resolve("a"), null, null).clusterId())
                .isNotEqualTo(
                        QuickstartDirectory.open(temp.resolve("b"), null, null).clusterId());
    }

    @Test
    void refusesADirectoryThatCannotBeWritten() throws IOException {
        Path file = Files.writeString(temp.resolve("file"), "not a directory");

        assertThatThrownBy(() -> QuickstartDirectory.open(file, null, null))
                .isInstanceOf(CommandException.class)
                .hasMessageContaining("cannot write to " + file)
                .extracting(e -> ((CommandException) e).exitCode())
                .isEqualTo(2);
    }

    @Test
    void refusesADamagedState() throws IOException {
        Files.writeString(temp.resolve("quickstart.properties"), "format=1\nnodes=many\n");
        assertThatThrownBy(() -> open(null, null)).hasMessageContaining("is damaged");

        Files.writeString(temp.resolve("quickstart.properties"), "format=2\n");
        assertThatThrownBy(() -> open(null, null)).hasMessageContaining("a format that this version does not know");
    }

    private QuickstartPlan open(@Nullable Integer nodes, @Nullable Integer port) {
        return QuickstartDirectory.open(temp, nodes, port);
    }
}
