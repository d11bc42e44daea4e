/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.node;

import io.klamm.broker.config.NodeConfig;
import io.klamm.broker.lifecycle.Broker;
import io.klamm.broker.lifecycle.BrokerStartException;
import io.klamm.broker.lifecycle.NodeOutcome;
import io.klamm.broker.metrics.JmxMetrics;
import io.klamm.tools.CommandException;
import io.klamm.tools.ExitCode;
import io.klamm.tools.Version;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm start}: one node, in the foreground. */
@Command(
        name = "start",
        description = "Start one node and run it in the foreground. SIGTERM and Ctrl-C stop it in order.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Exit codes: 0 stopped, 1 bad configuration, 2 start failed, 3 stopped on a fatal fault, 64 wrong usage."
        })
public final class StartCommand implements Callable<Integer> {
    /** A signal that arrives while directories are opened waits this long for the node to become one that can be stopped. */
    private static final long OPENING_SECONDS = 20;

    @Parameters(paramLabel = "CONFIG", description = "The node's server.properties.")
    private Path config;

    @Option(
            names = "--override",
            paramLabel = "KEY=VALUE",
            description = "A property that wins over the file's. May be repeated.")
    private Map<String, String> overrides = new LinkedHashMap<>();

    @Option(
            names = "--stop-at-eof",
            hidden = true,
            description = "Stop when standard input ends, with the parent process.")
    private boolean stopAtEof;

    /** The command with these arguments; null when they need a closer look than {@link StartArguments} takes. */
    public static @Nullable StartCommand plain(String... arguments) {
        StartArguments plain = StartArguments.plain(arguments);
        if (plain == null) {
            return null;
        }
        StartCommand command = new StartCommand();
        command.config = plain.config();
        command.overrides = plain.overrides();
        command.stopAtEof = plain.stopAtEof();
        return command;
    }

    @Override
    public Integer call() throws Exception {
        NodeLog.bridgeJavaLogging();
        Logger log = LoggerFactory.getLogger(StartCommand.class);
        NodeConfig nodeConfig = NodeConfig.parse(PropertiesFile.read(config), overrides);
        CompletableFuture<Broker> opened = new CompletableFuture<>();
        StopSignal signal = new StopSignal(() -> stop(opened, log));
        signal.install();
        int code = ExitCode.START_FAILED;
        try {
            log.info("Klamm {} starts {}", Version.current(), summary(nodeConfig));
            Broker broker = Broker.start(nodeConfig);
            opened.complete(broker);
            CompletableFuture<Void> unusedReady = broker.running().thenRun(() -> {
                log.info("Ready, {} ms after the start of the process", millisSinceStart());
                JmxMetrics unusedMetrics = JmxMetrics.expose(broker.metrics()); // to the end of the process
            });
            if (stopAtEof) {
                stopAtEndOfInput(broker);
            }
            code = exitCode(broker.awaitEnd());
        } catch (BrokerStartException e) {
            throw new CommandException(String.valueOf(e.getMessage()), ExitCode.START_FAILED);
        } finally {
            opened.cancel(false);
            signal.finished(code);
        }
        return code;
    }

    private static int exitCode(NodeOutcome.Ended ended) {
        return switch (ended.kind()) {
            case STOPPED -> ExitCode.OK;
            case START_FAILED -> throw new CommandException(ended.message(), ExitCode.START_FAILED);
            case FAULT -> throw new CommandException(ended.message(), ExitCode.FATAL_FAULT);
        };
    }

    private static void stop(CompletableFuture<Broker> opened, Logger log) {
        try {
            stop(opened.get(OPENING_SECONDS, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            log.warn("Stopped before the node was open");
            Runtime.getRuntime().halt(ExitCode.OK);
        }
    }

    private static void stop(Broker broker) {
        NodeLog.stopBegins();
        broker.stop();
    }

    private static void stopAtEndOfInput(Broker broker) {
        Thread watcher = new Thread(
                () -> {
                    try {
                        // What a parent writes means nothing; only its end counts.
                        long unusedBytes = System.in.transferTo(OutputStream.nullOutputStream());
                    } catch (IOException e) {
                        // Reading fails when the parent is gone: the same as the end.
                        Thread.currentThread().setName("klamm-parent-gone");
                    }
                    stop(broker);
                },
                "klamm-parent");
        watcher.setDaemon(true);
        watcher.start();
    }

    private static String summary(NodeConfig config) {
        return "node " + config.nodeId() + " ("
                + (config.isBroker() ? config.isController() ? "broker and controller" : "broker" : "controller")
                + ") of cluster " + config.clusterId() + ", listeners " + config.brokerListeners()
                + (config.controllerListener() == null ? "" : " and " + config.controllerListener()) + ", data in "
                + config.logDirs();
    }

    private static long millisSinceStart() {
        Instant start = ProcessHandle.current().info().startInstant().orElse(Instant.now());
        return Duration.between(start, Instant.now()).toMillis();
    }
}
