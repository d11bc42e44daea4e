/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.node;

import io.klamm.tools.CommandException;
import io.klamm.tools.ExitCode;
import io.klamm.tools.output.Reasons;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Properties;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The directory of a quickstart, which remembers how many nodes it has, on which ports, and the id of its cluster. The
 * addresses of voters are part of a formed quorum, so a later start must have the same ones.
 */
final class QuickstartDirectory {
    private static final String STATE = "quickstart.properties";
    private static final String FORMAT = "1";
    private static final int DEFAULT_NODES = 3;
    private static final int DEFAULT_PORT = 9092;

    private QuickstartDirectory() {}

    /**
     * What to start: what the directory holds, or a new cluster.
     *
     * @param nodes asked for, or null for the directory's or the default
     * @param port asked for, or null for the directory's or the default
     * @throws CommandException when the directory holds something else than what is asked for, or cannot be written
     */
    static QuickstartPlan open(Path directory, @Nullable Integer nodes, @Nullable Integer port) {
        Path home = directory.toAbsolutePath().normalize();
        Path state = home.resolve(STATE);
        if (Files.exists(state)) {
            return existing(home, state, nodes, port);
        }
        QuickstartPlan plan = new QuickstartPlan(
                nodes == null ? DEFAULT_NODES : nodes, port == null ? DEFAULT_PORT : port, newClusterId(), home);
        if (Files.exists(home.resolve("node-1"))) {
            throw new CommandException(
                    home + " has nodes but no " + STATE + ": give another --dir, or move this directory away");
        }
        checkWritable(home);
        return plan;
    }

    /** Remembers the plan; to be called before the first node starts. */
    static void write(QuickstartPlan plan) {
        Properties properties = new Properties();
        properties.setProperty("format", FORMAT);
        properties.setProperty("nodes", Integer.toString(plan.nodes()));
        properties.setProperty("port", Integer.toString(plan.port()));
        properties.setProperty("cluster.id", plan.clusterId());
        Path temporary = plan.directory().resolve(STATE + ".tmp");
        try {
            try (Writer writer = Files.newBufferedWriter(temporary, StandardCharsets.UTF_8)) {
                properties.store(writer, "What klamm quickstart found here; not to be edited");
            }
            Files.move(
                    temporary,
                    plan.directory().resolve(STATE),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            for (int id : plan.nodeIds().toArray()) {
                Files.createDirectories(plan.nodeDirectory(id).resolve("log"));
                Files.write(plan.nodeDirectory(id).resolve("server.properties"), plan.properties(id));
            }
        } catch (IOException e) {
            throw new CommandException(
                    "cannot write to " + plan.directory() + ": " + Reasons.of(e), ExitCode.START_FAILED);
        }
    }

    private static QuickstartPlan existing(Path home, Path state, @Nullable Integer nodes, @Nullable Integer port) {
        Properties properties = PropertiesFile.read(state);
        if (!FORMAT.equals(properties.getProperty("format"))) {
            throw new CommandException(state + " has a format that this version does not know: give another --dir");
        }
        int hasNodes;
        int hasPort;
        String clusterId = properties.getProperty("cluster.id", "");
        try {
            hasNodes = Integer.parseInt(properties.getProperty("nodes", ""));
            hasPort = Integer.parseInt(properties.getProperty("port", ""));
        } catch (NumberFormatException e) {
            throw new CommandException(state + " is damaged: give another --dir, or move this directory away");
        }
        if ((nodes != null && nodes != hasNodes) || (port != null && port != hasPort)) {
            throw new CommandException(home + " holds a cluster of "
                    + (hasNodes == 1 ? "one node" : hasNodes + " nodes") + " from port " + hasPort
                    + ": start it with --nodes " + hasNodes + " --port " + hasPort + ", or give another --dir");
        }
        checkWritable(home);
        return new QuickstartPlan(hasNodes, hasPort, clusterId, home);
    }

    private static String newClusterId() {
        return Uuid.randomUuid().toString();
    }

    private static void checkWritable(Path home) {
        try {
            Files.createDirectories(home);
            Files.delete(Files.createTempFile(home, "write", ".check"));
        } catch (IOException e) {
            throw new CommandException(
                    "cannot write to " + home + " (" + Reasons.of(e) + "): give another --dir", ExitCode.START_FAILED);
        }
    }
}
