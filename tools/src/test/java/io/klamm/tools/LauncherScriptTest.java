/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The launcher, run by sh, with a java and a mvn that only say how they were called. */
@DisabledOnOs(OS.WINDOWS)
class LauncherScriptTest {
    private static final Path SCRIPT = Path.of("bin", "klamm").toAbsolutePath();

    /** Everything that the script may use; a PATH with these alone has neither java nor mvn. */
    private static final List<String> TOOLS =
            List.of("awk", "cat", "dirname", "find", "head", "mkdir", "readlink", "rm", "sed", "sleep", "tee", "touch");

    /** Prints one argument a line. */
    private static final String FAKE_JAVA = """
            #!/bin/sh
            for argument in "$@"; do echo "$argument"; done
            """;

    @TempDir
    private Path temp;

    private Path tools;

    record Outcome(int exitCode, String out, String err) {}

    @BeforeEach
    void makePath() throws IOException {
        tools = Files.createDirectories(temp.resolve("path"));
        for (String tool : TOOLS) {
            script(tools.resolve(tool), "#!/bin/sh\nexec " + locate(tool) + " \"$@\"\n");
        }
    }

    @Test
    void saysThatJavaIsMissing() throws Exception {
        Outcome outcome = run(distribution("dist"), Map.of(), "--version");

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err()).hasLineCount(1).contains("no java found", "JDK 17", "JAVA_HOME");
    }

    @Test
    void givesTheKeptClassesOfThisJdkToTheJvm() throws Exception {
        Path launcher = distribution("dist");
        Map<String, String> jdk = Map.of("JAVA_HOME", fakeJdk("17.0.9").toString());
        Path home = temp.resolve("dist").toRealPath();
        Files.createFile(home.resolve("classes-17.0.8.jsa"));

        String none = run(launcher, jdk, "start", "node.properties").out();
        Files.createFile(home.resolve("classes-17.0.9.jsa"));
        String kept = run(launcher, jdk, "start", "node.properties").out();

        assertThat(none)
                .doesNotContain("SharedArchiveFile")
                .contains("-Dklamm.classes=" + home + "/classes-17.0.9.jsa");
        assertThat(kept).containsOnlyOnce("-XX:SharedArchiveFile=" + home + "/classes-17.0.9.jsa\n");
    }

    @Test
    void saysThatJavaHomeHasNoJava() throws Exception {
        Outcome outcome = run(distribution("dist"), Map.of("JAVA_HOME", "/nowhere"), "--version");

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err()).hasLineCount(1).contains("JAVA_HOME is /nowhere");
    }

    @Test
    void refusesAnOldJavaByItsReleaseFile() throws Exception {
        Path old = fakeJdk("11.0.2");

        Outcome outcome = run(distribution("dist"), Map.of("JAVA_HOME", old.toString()), "--version");

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err()).hasLineCount(1).contains("11.0.2", "JDK 17 or newer");
    }

    @Test
    void asksAnOldJavaWithoutAReleaseFile() throws Exception {
        Path old = fakeJdk("11");
        Files.delete(old.resolve("release"));
        script(old.resolve("bin/java"), "#!/bin/sh\necho 'java version \"1.8.0_292\"' >&2\n");

        Outcome outcome = run(distribution("dist"), Map.of("JAVA_HOME", old.toString()), "--version");

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err()).hasLineCount(1).contains("1.8.0_292");
    }

    @Test
    void saysThatMavenIsMissing() throws Exception {
        Path checkout = checkout("checkout");

        Outcome outcome = run(
                checkout.resolve("tools/bin/klamm"),
                Map.of("JAVA_HOME", fakeJdk("17").toString()),
                "--version");

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err()).hasLineCount(1).contains("no mvn found", "install Maven");
    }

    @Test
    void runsFromADistributionThroughASymlinkInAPathWithSpaces() throws Exception {
        Path launcher = distribution("a place with spaces");
        Path home = temp.resolve("a place with spaces").toRealPath();
        Path link = Files.createSymbolicLink(temp.resolve("klamm-link"), launcher);

        Outcome outcome = run(link, Map.of("JAVA_HOME", fakeJdk("21.0.1").toString()), "topics", "create", "a topic");

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out().lines().toList())
                .contains("-cp", home + "/lib/*", "-Dklamm.launcher=" + home + "/bin/klamm")
                .endsWith("io.klamm.tools.Main", "topics", "create", "a topic");
        assertThat(outcome.out()).contains("-XX:TieredStopAtLevel=1");
    }

    @Test
    void givesANodeItsOwnOptions() throws Exception {
        Path launcher = distribution("dist");
        Map<String, String> environment = Map.of(
                "JAVA_HOME", fakeJdk("17.0.15").toString(), "KLAMM_HEAP", "300m", "KLAMM_OPTS", "-Dfirst=1 -Dsecond=2");

        Outcome outcome = run(launcher, environment, "start", "server.properties");

        assertThat(outcome.out().lines())
                .contains("-Xmx300m", "-Dfirst=1", "-Dsecond=2", "-XX:+ExitOnOutOfMemoryError")
                .doesNotContain("-XX:TieredStopAtLevel=1")
                .endsWith("io.klamm.tools.Main", "start", "server.properties");
    }

    @Test
    void buildsWhenASourceIsNewerAndOnlyThen() throws Exception {
        Path checkout = checkout("checkout");
        Map<String, String> environment = buildEnvironment(checkout, 0);
        Path launcher = checkout.resolve("tools/bin/klamm");

        Outcome first = run(launcher, environment, "--version");
        assertThat(first.exitCode()).as(first.err()).isZero();
        assertThat(first.err()).contains("building Klamm", "storage");
        assertThat(first.out().lines()).doesNotContain("klamm: building").contains("io.klamm.tools.Main");
        assertThat(builds(checkout)).isEqualTo(1);

        Outcome second = run(launcher, environment, "--version");
        assertThat(second.err()).isEmpty();
        assertThat(builds(checkout)).isEqualTo(1);

        Path source = checkout.resolve("storage/src/main/java/Log.java");
        Files.setLastModifiedTime(
                source, java.nio.file.attribute.FileTime.fromMillis(System.currentTimeMillis() + 60_000));
        Outcome noBuild = run(launcher, with(environment, "KLAMM_NO_BUILD", "1"), "--version");
        assertThat(noBuild.exitCode()).isZero();
        assertThat(builds(checkout)).isEqualTo(1);
        Outcome third = run(launcher, environment, "--version");
        assertThat(third.err()).contains("storage/src/main/java/Log.java is newer");
        assertThat(builds(checkout)).isEqualTo(2);
    }

    @Test
    void concurrentFirstStartsBuildOnce() throws Exception {
        Path checkout = checkout("checkout");
        Map<String, String> environment = buildEnvironment(checkout, 1);
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            processes.add(start(checkout.resolve("tools/bin/klamm"), environment, "--version"));
        }

        for (Process process : processes) {
            Outcome outcome = outcome(process);
            assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        }
        assertThat(builds(checkout)).isEqualTo(1);
        assertThat(checkout.resolve("tools/target/build.lock")).doesNotExist();
    }

    @Test
    void aLockOfADeadBuildIsTakenOver() throws Exception {
        Path checkout = checkout("checkout");
        Path lock = Files.createDirectories(checkout.resolve("tools/target/build.lock"));
        Process dead = new ProcessBuilder("true").start();
        dead.waitFor();
        Files.writeString(lock.resolve("pid"), Long.toString(dead.pid()));

        Outcome outcome = run(checkout.resolve("tools/bin/klamm"), buildEnvironment(checkout, 0), "--version");

        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    }

    @Test
    void aFailedBuildNamesItsLog() throws Exception {
        Path checkout = checkout("checkout");
        Path bin = Files.createDirectories(temp.resolve("failing"));
        script(bin.resolve("mvn"), "#!/bin/sh\necho '[ERROR] no such thing'\nexit 1\n");
        Map<String, String> environment = Map.of("JAVA_HOME", fakeJdk("17").toString(), "PATH", tools + ":" + bin);

        Outcome outcome = run(checkout.resolve("tools/bin/klamm"), environment, "--version");

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).contains("[ERROR] no such thing", "the build failed, see", "build.log");
    }

    private Path distribution(String name) throws IOException {
        Path home = temp.resolve(name);
        Files.createDirectories(home.resolve("lib"));
        return copyScript(home.resolve("bin"));
    }

    private Path checkout(String name) throws IOException {
        Path root = temp.resolve(name);
        copyScript(root.resolve("tools/bin"));
        Path sources = Files.createDirectories(root.resolve("storage/src/main/java"));
        Files.writeString(root.resolve("pom.xml"), "<project/>");
        Files.writeString(sources.resolve("Log.java"), "class Log {}");
        return root;
    }

    private static Path copyScript(Path bin) throws IOException {
        Files.createDirectories(bin);
        return script(bin.resolve("klamm"), Files.readString(SCRIPT));
    }

    /** A mvn that does what the build does: writes the stamp last. */
    private Map<String, String> buildEnvironment(Path checkout, int seconds) throws IOException {
        Path bin = Files.createDirectories(temp.resolve("maven"));
        script(bin.resolve("mvn"), """
                #!/bin/sh
                echo run >>"%1$s/builds"
                echo '[INFO] Building Klamm :: storage 0.1 [3/6]'
                sleep %2$d
                mkdir -p "%1$s/tools/target/klamm/lib"
                touch "%1$s/tools/target/klamm/built"
                """.formatted(checkout, seconds));
        return Map.of("JAVA_HOME", fakeJdk("17").toString(), "PATH", tools + ":" + bin);
    }

    private static long builds(Path checkout) throws IOException {
        return Files.readAllLines(checkout.resolve("builds")).size();
    }

    private Path fakeJdk(String version) throws IOException {
        Path home = temp.resolve("jdk-" + version);
        Files.createDirectories(home.resolve("bin"));
        script(home.resolve("bin/java"), FAKE_JAVA);
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"Somebody\"\nJAVA_VERSION=\"" + version + "\"\n");
        return home;
    }

    private static Map<String, String> with(Map<String, String> environment, String key, String value) {
        Map<String, String> more = new HashMap<>(environment);
        more.put(key, value);
        return more;
    }

    private Outcome run(Path launcher, Map<String, String> environment, String... arguments) throws Exception {
        return outcome(start(launcher, environment, arguments));
    }

    private Process start(Path launcher, Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(temp.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", tools.toString());
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static Outcome outcome(Process process) throws Exception {
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Outcome(process.exitValue(), out, err);
    }

    private static Path script(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file;
    }

    private static Path locate(String tool) {
        for (String folder : System.getenv("PATH").split(":", -1)) {
            Path candidate = Path.of(folder, tool);
            if (Files.isExecutable(candidate)) {
                return candidate;
            }
        }
        throw new AssertionError("this machine has no " + tool);
    }
}
