/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import io.klamm.tools.quorum.QuorumInspector;
import java.io.IOException;
import java.io.Reader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of commands that talk to a cluster. */
public final class Connection {
    private static final int CONNECT_TIMEOUT_MS = 3_000;

    @Option(
            names = "--bootstrap",
            paramLabel = "HOST:PORT,...",
            defaultValue = "${env:KLAMM_BOOTSTRAP:-localhost:9092}",
            description =
                    "Nodes to ask first; any node of the cluster will do. Default: KLAMM_BOOTSTRAP, else localhost:9092.")
    private String bootstrap = "localhost:9092";

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "20",
            description = "How long to wait for answers (default ${DEFAULT-VALUE}).")
    private int timeoutSeconds = 20;

    @Option(
            names = "--client-config",
            paramLabel = "FILE",
            description = "Properties of Kafka's client library, for what the options do not offer.")
    private @Nullable Path clientConfig;

    public String bootstrap() {
        return bootstrap;
    }

    public int timeoutMs() {
        return timeoutSeconds * 1000;
    }

    /** Settings of a client: the file's, then what the options say. */
    Map<String, Object> properties() {
        Map<String, Object> properties = new HashMap<>();
        if (clientConfig != null) {
            Properties file = new Properties();
            try (Reader reader = Files.newBufferedReader(clientConfig, StandardCharsets.UTF_8)) {
                file.load(reader);
            } catch (IOException | IllegalArgumentException e) {
                throw new CommandException("cannot read " + clientConfig + ": " + e.getMessage());
            }
            file.stringPropertyNames().forEach(name -> properties.put(name, file.getProperty(name)));
        }
        properties.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        properties.putIfAbsent(CommonClientConfigs.CLIENT_ID_CONFIG, "klamm-cli");
        // A command is not watched by a metrics collector.
        properties.putIfAbsent(CommonClientConfigs.METRIC_REPORTER_CLASSES_CONFIG, "");
        properties.putIfAbsent(CommonClientConfigs.ENABLE_METRICS_PUSH_CONFIG, "false");
        return properties;
    }

    /** An admin client of a cluster that can be reached. */
    public Admin admin() {
        checkReachable();
        Map<String, Object> properties = properties();
        properties.remove(CommonClientConfigs.ENABLE_METRICS_PUSH_CONFIG);
        properties.putIfAbsent(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, timeoutMs());
        properties.putIfAbsent(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.min(timeoutMs(), 10_000));
        return Admin.create(properties);
    }

    /**
     * Fails at once when none of the nodes accepts a connection; the client library would try until its time-out.
     *
     * @throws CommandException with what to do
     */
    void checkReachable() {
        String reason = "";
        for (QuorumInspector.Address address : addresses()) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(address.host(), address.port()), CONNECT_TIMEOUT_MS);
                return;
            } catch (IOException e) {
                reason = e instanceof java.net.UnknownHostException ? "unknown host " + address.host() : e.getMessage();
            }
        }
        throw new CommandException("cannot connect to " + bootstrap + " (" + reason
                + "): start nodes with klamm quickstart, or name a running one with --bootstrap. What a node that has been"
                + " started waits for, klamm quorum describe --bootstrap-controller HOST:PORT says");
    }

    /**
     * Nodes to ask first.
     *
     * @throws CommandException when the option cannot be read
     */
    public List<QuorumInspector.Address> addresses() {
        return addresses("--bootstrap", bootstrap);
    }

    /** @throws CommandException when {@code text} is no list of addresses */
    public static List<QuorumInspector.Address> addresses(String option, String text) {
        List<QuorumInspector.Address> addresses = new ArrayList<>();
        for (String address : text.split(",", -1)) {
            String host = Utils.getHost(address.trim());
            Integer port = Utils.getPort(address.trim());
            if (host == null || port == null) {
                throw new CommandException(option + " " + text + ": expected HOST:PORT,...");
            }
            addresses.add(new QuorumInspector.Address(host, port));
        }
        return addresses;
    }

    /** The result, or the failure behind it. Bounded by {@code --timeout}, with some air for the client's own. */
    public <T> T await(KafkaFuture<T> future) throws Exception {
        try {
            return future.get(timeoutMs() + 5_000L, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        } catch (TimeoutException e) {
            throw new CommandException("no answer from " + bootstrap + " within " + timeoutSeconds + " s");
        }
    }
}
