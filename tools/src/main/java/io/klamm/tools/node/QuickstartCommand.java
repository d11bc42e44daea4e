/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.node;

import io.klamm.tools.CommandException;
import io.klamm.tools.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code klamm quickstart}: a cluster on this machine, in the foreground. */
@Command(
        name = "quickstart",
        description = "Start a cluster on this machine: several nodes as processes on 127.0.0.1, until Ctrl-C.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "The data stays in the directory, and the next start finds it again.",
            "Example: klamm quickstart --nodes 5 --port 19092 --dir /tmp/klamm"
        })
public final class QuickstartCommand implements Callable<Integer> {
    private static final long STOP_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long POLL_MS = 100;
    private static final int TAIL = 8;
    private static final int CONNECT_MS = 500;

    @Option(
            names = "--nodes",
            paramLabel = "N",
            description = "Number of nodes (default 3, or what the directory has). At most five of them vote.")
    private @Nullable Integer nodes;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description =
                    "Client port of the first node (default 9092, or what the directory has); the others follow it."
                            + " The nodes among themselves use ports 1000 and 2000 above.")
    private @Nullable Integer port;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Where data and logs are kept (default ~/.klamm/quickstart).")
    private Path directory = Path.of(System.getProperty("user.home"), ".klamm", "quickstart");

    @Option(
            names = "--override",
            paramLabel = "KEY=VALUE",
            description = "A property of all nodes for this start. May be repeated.")
    private Map<String, String> overrides = new LinkedHashMap<>();

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            defaultValue = "90",
            description = "How long the nodes may take until records can be written (default ${DEFAULT-VALUE}).")
    private int waitSeconds = 90;

    @Spec
    private CommandSpec spec;

    /** A node is gone, or (null) the process is told to stop. */
    private record Event(@Nullable ChildNode gone) {}

    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final List<ChildNode> children = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        StopSignal signal = new StopSignal(() -> events.add(new Event(null)));
        int code = ExitCode.START_FAILED;
        QuickstartPlan started = null;
        try {
            QuickstartPlan plan = QuickstartDirectory.open(directory, nodes, port);
            checkPorts(plan);
            QuickstartDirectory.write(plan);
            signal.install();
            started = plan;
            code = run(plan);
        } finally {
            stopAll();
            if (started != null) {
                tellOthers(started);
            }
            signal.finished(code);
        }
        return code;
    }

    private int run(QuickstartPlan plan) throws InterruptedException {
        String launcher = System.getProperty("klamm.launcher");
        if (launcher == null) {
            throw new CommandException("run quickstart with the klamm script", ExitCode.START_FAILED);
        }
        long start = System.nanoTime();
        say("Starting " + (plan.nodes() == 1 ? "one node" : plan.nodes() + " nodes") + " in " + plan.directory()
                + " ...");
        for (int id : plan.nodeIds().toArray()) {
            children.add(ChildNode.start(
                    launcher, id, plan.nodeDirectory(id), overrides, child -> events.add(new Event(child))));
        }
        if (!awaitReady(plan, start + TimeUnit.SECONDS.toNanos(waitSeconds))) {
            return ExitCode.OK;
        }
        greet(plan, launcher, (System.nanoTime() - start) / 1e9);
        return watch();
    }

    /** False when the process was told to stop meanwhile. */
    private boolean awaitReady(QuickstartPlan plan, long deadline) throws InterruptedException {
        String missing = "not all nodes serve yet";
        try (WriteCheck check = new WriteCheck(plan.nodes(), plan.bootstrap())) {
            while (System.nanoTime() - deadline < 0) {
                Event event = events.poll(POLL_MS, TimeUnit.MILLISECONDS);
                if (event != null) {
                    if (event.gone() == null) {
                        return false;
                    }
                    report(event.gone());
                    throw new CommandException(
                            "node " + event.gone().nodeId() + " did not start, so the others are stopped",
                            ExitCode.START_FAILED);
                }
                if (check.allServe()) {
                    try {
                        check.write();
                        return true;
                    } catch (KafkaException e) {
                        missing = "writing a record failed: " + e.getMessage();
                    }
                }
            }
        }
        throw new CommandException(
                "no record could be written within " + waitSeconds + " s (" + missing + "); see the logs in "
                        + plan.directory() + "/node-*/log",
                ExitCode.START_FAILED);
    }

    /** Until the process is told to stop, or no node is left. */
    private int watch() throws InterruptedException {
        while (true) {
            ChildNode gone = events.take().gone();
            if (gone == null) {
                return ExitCode.OK;
            }
            // Ctrl-C in a terminal reaches the nodes as well, and they may be faster.
            Event next = gone.exitCode() == ExitCode.OK ? events.poll(2, TimeUnit.SECONDS) : null;
            if (next != null && next.gone() == null) {
                return ExitCode.OK;
            }
            report(gone);
            if (next != null) {
                events.add(next);
            }
            if (children.stream().noneMatch(ChildNode::isAlive)) {
                throw new CommandException("no node is left", ExitCode.FATAL_FAULT);
            }
            say("The other nodes run on. Start it again with:\n  "
                    + shown(System.getProperty("klamm.launcher", "klamm")) + " start "
                    + gone.logFile().getParent().resolveSibling("server.properties"));
        }
    }

    private void report(ChildNode gone) {
        int code = gone.exitCode();
        String how = code > 128 ? "was killed by signal " + (code - 128) : "ended with exit code " + code;
        PrintWriter err = spec.commandLine().getErr();
        err.println("Node " + gone.nodeId() + " (process " + gone.pid() + ") " + how + ". Its log " + gone.logFile()
                + " ends with:");
        gone.tail(TAIL).forEach(line -> err.println("  | " + line));
        err.flush();
    }

    private void greet(QuickstartPlan plan, String launcher, double seconds) {
        String klamm = shown(launcher);
        String option = plan.port() == 9092 ? "" : " --bootstrap 127.0.0.1:" + plan.port();
        say(String.format(
                """
                Ready after %.1f s: %s, cluster %s

                  bootstrap servers  %s
                  data and logs      %s/node-*

                Next, in another terminal:

                  echo 'hello, world' | %s produce greetings%s
                  %s consume greetings --from-beginning%s

                Ctrl-C stops it; the data stays for the next start.""",
                seconds,
                plan.nodes() == 1 ? "one node" : plan.nodes() + " nodes",
                plan.clusterId(),
                plan.bootstrap(),
                plan.directory(),
                klamm,
                option,
                klamm,
                option));
    }

    /** The launcher as somebody would type it here. */
    private static String shown(String launcher) {
        Path here = Path.of("").toAbsolutePath();
        Path path = Path.of(launcher);
        String text = path.startsWith(here) ? here.relativize(path).toString() : launcher;
        return text.indexOf(' ') >= 0 ? "'" + text + "'" : text;
    }

    private void stopAll() {
        List<ChildNode> running = children.stream().filter(ChildNode::isAlive).toList();
        if (running.isEmpty()) {
            return;
        }
        say("Stopping ...");
        running.forEach(ChildNode::terminate);
        long deadline = System.nanoTime() + STOP_NS;
        for (ChildNode child : running) {
            if (!child.awaitExit(deadline)) {
                say("Node " + child.nodeId() + " did not stop in time and was killed; see " + child.logFile());
            }
        }
        say("Stopped.");
    }

    /** A node that died and was started again by hand belongs to whoever did that; it would be in the way of the next start. */
    private void tellOthers(QuickstartPlan plan) {
        for (int id : plan.nodeIds().toArray()) {
            if (plan.ports(id).stream().anyMatch(QuickstartCommand::answers)) {
                say("Node " + id + " still runs, started by another command: stop it there (Ctrl-C) before the next"
                        + " quickstart.");
            }
        }
    }

    private static boolean answers(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static void checkPorts(QuickstartPlan plan) {
        for (int id : plan.nodeIds().toArray()) {
            for (int wanted : plan.ports(id)) {
                try (ServerSocket socket = new ServerSocket()) {
                    socket.setReuseAddress(true);
                    socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted));
                } catch (IOException e) {
                    throw new CommandException(
                            "port " + wanted + " on 127.0.0.1, which node " + id
                                    + " needs, is in use: stop what uses it (perhaps this node itself, started with"
                                    + " klamm start), or give another --port and --dir",
                            ExitCode.START_FAILED);
                }
            }
        }
    }

    private void say(String text) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(text);
        out.flush();
    }
}
