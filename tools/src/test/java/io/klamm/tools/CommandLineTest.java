/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class CommandLineTest {
    @TempDir
    private Path temp;

    record Outcome(int exitCode, String out, String err) {}

    @Test
    void printsItsVersion() {
        Outcome outcome = run("--version");

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out()).matches("klamm [0-9]+\\.[0-9]+\\..*\\R");
    }

    static Stream<List<String>> commands() {
        return walk(List.of(), new CommandLine(new KlammCommand()));
    }

    private static Stream<List<String>> walk(List<String> path, CommandLine command) {
        Stream<List<String>> below = command.getSubcommands().entrySet().stream()
                .flatMap(entry -> walk(
                        Stream.concat(path.stream(), Stream.of(entry.getKey())).toList(), entry.getValue()));
        return Stream.concat(Stream.of(path), below);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandHasHelpAndVersion(List<String> path) {
        Outcome help = run(Stream.concat(path.stream(), Stream.of("--help")).toArray(String[]::new));
        assertThat(help.exitCode()).isZero();
        assertThat(help.out())
                .startsWith("Usage: klamm"
                        + String.join("", path.stream().map(p -> " " + p).toList()));
        assertThat(help.err()).isEmpty();

        Outcome version =
                run(Stream.concat(path.stream(), Stream.of("--version")).toArray(String[]::new));
        assertThat(version.exitCode()).isZero();
        assertThat(version.out()).startsWith("klamm ");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    ""                                      | a command is missing
                    topics                                  | a command is missing: create, list, describe, alter, reassign, delete
                    topic                                   | did you mean topics?
                    topics create                           | 'TOPIC'
                    topics create a --partitions many       | 'many' is not
                    consume a --from-beginning --offset 3   | mutually exclusive
                    consume a --jsn                         | did you mean --json?
                    configs describe user a                 | 'user'
                    quickstart --nodes three                | 'three' is not
                    """)
    void aWrongCommandLineIsOneLineAndExit64(String line, String reason) {
        Outcome outcome = run(line.isEmpty() ? new String[0] : line.split(" "));

        assertThat(outcome.exitCode()).isEqualTo(64);
        assertThat(outcome.err())
                .hasLineCount(1)
                .startsWith("klamm: ")
                .contains(reason)
                .contains("--help)");
        assertThat(outcome.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    topics list --bootstrap 127.0.0.1:1     | cannot connect to 127.0.0.1:1
                    produce a --bootstrap 127.0.0.1:1       | cannot connect to 127.0.0.1:1
                    consume a --bootstrap 127.0.0.1:1       | cannot connect to 127.0.0.1:1
                    cluster describe --bootstrap nonsense   | expected HOST:PORT
                    consume a --format xml                  | expected value, key-value, json, or a pattern
                    consume a --timestamp yesterday         | expected a time such as
                    topics list --client-config /nowhere --bootstrap 127.0.0.1:1 | cannot connect
                    metadata dump --from -3                 | --from -3: expected an offset
                    metadata dump --dir /nowhere            | no metadata log of a voter in /nowhere
                    metadata verify --dir /nowhere          | no metadata log of a voter in /nowhere
                    start /nowhere/server.properties        | there is no file /nowhere/server.properties
                    quickstart --nodes 0 --dir target/none  | --nodes 0: expected 1 to 100
                    quickstart --port 70000 --dir target/none | the ports of 3 nodes must lie in 1 to 65535
                    """)
    void aFailureIsOneLineAndExit1(String line, String reason) {
        Outcome outcome = run(line.split(" "));

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err()).hasLineCount(1).startsWith("klamm: ").contains(reason);
        assertThat(outcome.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    topics list --json --bootstrap 127.0.0.1:1  | 1  | cannot connect to 127.0.0.1:1
                    topics create --json                        | 64 | TOPIC
                    metadata dump --json --from -3              | 1  | expected an offset
                    """)
    void withJsonAFailureIsAnObjectOnOneLine(String line, int exitCode, String reason) throws Exception {
        Outcome outcome = run(line.split(" "));

        assertThat(outcome.exitCode()).isEqualTo(exitCode);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).hasLineCount(1);
        JsonNode error = new ObjectMapper().readTree(outcome.err());
        assertThat(error.path("exitCode").asInt()).isEqualTo(exitCode);
        assertThat(error.path("error").asText()).contains(reason);
    }

    @Test
    void aBadConfigurationIsExit1() throws Exception {
        Path config = Files.writeString(temp.resolve("server.properties"), """
                node.id=1
                process.roles=broker,controller
                listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093
                controller.quorum.voters=1@127.0.0.1:9093
                log.dirs=data
                """);

        Outcome outcome = run("start", config.toString(), "--override", "num.partition=3");

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err())
                .isEqualToIgnoringNewLines("klamm: unknown key num.partition: the nearest known one is num.partitions");
    }

    private static Outcome run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitCode = Main.run(new PrintWriter(out), new PrintWriter(err), arguments);
        return new Outcome(exitCode, out.toString(), err.toString());
    }
}
