/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import com.codahale.metrics.MetricRegistry;
import io.klamm.broker.api.ApiVersionsHandler;
import io.klamm.broker.config.Listener;
import io.klamm.broker.config.NodeConfig;
import io.klamm.broker.config.NodeSettings;
import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.ApiTable;
import io.klamm.broker.net.ConnectionListener;
import io.klamm.broker.net.ConnectionQuota;
import io.klamm.broker.net.ListenerException;
import io.klamm.broker.net.ListenerSpec;
import io.klamm.broker.net.RequestMemory;
import io.klamm.broker.net.ServerLimits;
import io.klamm.broker.net.ServerResources;
import io.klamm.broker.net.SocketServer;
import io.klamm.metadata.fact.Endpoint;
import io.netty.channel.EventLoopGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's sockets. All ports are taken before anything else happens, so that a busy one is found at once. CONTROLLER serves from
 * then on; the others begin to listen when the broker is ready. Until then they refuse, and must: a controller that dials them asks
 * whether the process that was registered before is still alive (design D6), and would take its successor for it.
 */
final class NodeListeners implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NodeListeners.class);
    private static final int MAX_IN_FLIGHT = 100;
    private static final int MAX_CONTROL_CONNECTIONS = 10_000;
    private static final long DEFAULT_REQUEST_MEMORY = 64L << 20;
    private static final long RESERVE_FOR_SMALL_REQUESTS = 16 << 20;

    private final NodeConfig config;
    private final NodeThreads threads;
    private final MetricRegistry metrics;
    private final LongSupplier metadataOffset;
    private final OpenFiles openFiles = OpenFiles.ofProcess();
    private final AtomicLong connectionIds = new AtomicLong();
    private final List<SocketServer> clientServers = new ArrayList<>();
    private final List<SocketServer> controllerServers = new ArrayList<>();
    private final List<Endpoint> advertised = new ArrayList<>();

    /** @param metadataOffset end offset of the metadata applied here */
    NodeListeners(NodeConfig config, NodeThreads threads, MetricRegistry metrics, LongSupplier metadataOffset) {
        this.config = config;
        this.threads = threads;
        this.metrics = metrics;
        this.metadataOffset = metadataOffset;
    }

    /** @throws BrokerStartException when the port is not free */
    void openController(Listener listener, List<ApiHandler<?>> handlers, ConnectionListener connections) {
        // Its own memory and its own bound of connections: a flood of clients does not keep brokers from their
        // controller.
        ServerResources resources = ServerResources.of(
                new RequestMemory(DEFAULT_REQUEST_MEMORY, RESERVE_FOR_SMALL_REQUESTS),
                new ConnectionQuota(openFiles.controlConnections(MAX_CONTROL_CONNECTIONS), MAX_CONTROL_CONNECTIONS),
                metrics,
                connectionIds::incrementAndGet);
        SocketServer server = server(listener, handlers, resources, connections, threads.controlLoop);
        controllerServers.add(server);
        reserve(server);
        listen(server);
    }

    /**
     * Takes the ports of clients and brokers; they refuse connections before {@link #serveClients}.
     *
     * @throws BrokerStartException when a port is not free
     */
    void bindClients(List<ApiHandler<?>> handlers) {
        long memory = config.get(NodeSettings.QUEUED_MAX_REQUEST_BYTES);
        int wanted = config.get(NodeSettings.MAX_CONNECTIONS);
        int most = openFiles.clientConnections(wanted);
        if (most < wanted) {
            LOG.info("At most {} connections of clients: the process may have {} files open", most, openFiles.limit());
        }
        ServerResources resources = ServerResources.of(
                new RequestMemory(memory > 0 ? memory : DEFAULT_REQUEST_MEMORY, RESERVE_FOR_SMALL_REQUESTS),
                new ConnectionQuota(most, config.get(NodeSettings.MAX_CONNECTIONS_PER_IP)),
                metrics,
                connectionIds::incrementAndGet);
        List<Listener> listeners = config.brokerListeners();
        for (int index = 0; index < listeners.size(); index++) {
            SocketServer server =
                    server(listeners.get(index), handlers, resources, ConnectionListener.NONE, threads.dataLoops);
            clientServers.add(server);
            int port = reserve(server);
            Endpoint endpoint = config.advertisedEndpoints().get(index);
            advertised.add(
                    endpoint.port() != 0
                            ? endpoint
                            : new Endpoint(
                                    endpoint.listenerName(), endpoint.host(), port, endpoint.securityProtocol()));
        }
    }

    private SocketServer server(
            Listener listener,
            List<ApiHandler<?>> handlers,
            ServerResources resources,
            ConnectionListener connections,
            EventLoopGroup loops) {
        List<ApiHandler<?>> all = new ArrayList<>(handlers);
        all.add(new ApiVersionsHandler(handlers, config.clusterId(), config.nodeId(), metadataOffset));
        return new SocketServer(
                new ListenerSpec(listener.name(), listener.securityProtocol(), listener.host(), listener.port()),
                new ServerLimits(
                        config.get(NodeSettings.SOCKET_REQUEST_MAX_BYTES),
                        MAX_IN_FLIGHT,
                        config.get(NodeSettings.CONNECTIONS_MAX_IDLE_MS)),
                new ApiTable(all),
                resources,
                connections,
                loops,
                threads.transport);
    }

    private static int reserve(SocketServer server) {
        try {
            return server.reserve();
        } catch (ListenerException e) {
            throw new BrokerStartException(String.valueOf(e.getMessage()), e);
        }
    }

    private static void listen(SocketServer server) {
        try {
            server.listen();
        } catch (ListenerException e) {
            throw new BrokerStartException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Where this broker can be reached, with the ports that were bound. */
    List<Endpoint> advertised() {
        return List.copyOf(advertised);
    }

    /**
     * Begins to listen for clients and brokers; safe to call again.
     *
     * @throws BrokerStartException when another process has taken a port meanwhile
     */
    void serveClients() {
        clientServers.forEach(NodeListeners::listen);
    }

    void closeClients() {
        clientServers.forEach(SocketServer::close);
    }

    @Override
    public void close() {
        closeClients();
        controllerServers.forEach(SocketServer::close);
    }
}
