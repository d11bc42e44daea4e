/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.Network.Ipam;
import com.github.dockerjava.api.model.Volume;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;

/**
 * Each node in a container of the project's own image, started as its users start it: with a mounted server.properties, and a volume. Nodes
 * know each other by names, clients reach them at ports of the loopback interface, which stay when a container is started again. A
 * node's files are those of its folder. Needs root, nsenter and a container engine with the base image.
 */
public final class Containers implements NodeHosts, AutoCloseable {
    /** Where the volume of the image is. */
    public static final String DATA = "/var/lib/klamm";

    private static final String CONFIG = "/etc/klamm/server.properties";

    /** The image's own. */
    private static final int USER = 9092;

    private static final Duration LOG_ENDS = Duration.ofSeconds(10);

    /** What runs in the containers, to be used with this only. */
    public static final BrokerProgram PROGRAM = new BrokerProgram() {
        @Override
        public String name() {
            return "Klamm";
        }

        @Override
        public List<String> command(Path config) {
            return List.of("start", CONFIG);
        }
    };

    private final DockerClient engine = DockerClientFactory.lazyClient();
    private final String subnet = "10.232." + (1 + ProcessHandle.current().pid() % 250) + ".";
    private final Network network = Network.builder()
            .createNetworkCmdModifier(
                    create -> create.withIpam(new Ipam().withConfig(new Ipam.Config().withSubnet(subnet + "0/24"))))
            .build();
    private final Map<Integer, Integer> ports = new HashMap<>();
    private final Map<Integer, GenericContainer<?>> containers = new HashMap<>();
    private final Map<Integer, LogFollower> logs = new HashMap<>();

    /** Whether this user and this machine can have them. */
    public static boolean available() {
        return System.getProperty("user.name").equals("root")
                && Programs.installed("nsenter")
                && Programs.installed("iptables")
                && Programs.installed("tc")
                && KlammImage.canBeMade();
    }

    /** @param port where clients reach a node, on loopback and in its container; told before the node starts */
    public void publish(int nodeId, int port) {
        ports.put(nodeId, port);
    }

    @Override
    public String address(int nodeId) {
        return "klamm-" + nodeId;
    }

    @Override
    public String clientAddress(int nodeId) {
        return "127.0.0.1";
    }

    /** Address of a node, as a number. A container keeps it. */
    public String ip(int nodeId) {
        return subnet + (10 + nodeId);
    }

    /** What stands before a command of this machine that is to run in a node's network; the node must be alive. */
    public List<String> enter(int nodeId) {
        long pid = Objects.requireNonNull(
                engine.inspectContainerCmd(id(nodeId)).exec().getState().getPidLong());
        return List.of("nsenter", "-t", Long.toString(pid), "-n");
    }

    /** From now on nothing in the container goes on, until {@link #resume}. */
    public void pause(int nodeId) {
        engine.pauseContainerCmd(id(nodeId)).exec();
    }

    /** Whether the engine says so. */
    public boolean isPaused(int nodeId) {
        return Boolean.TRUE.equals(
                engine.inspectContainerCmd(id(nodeId)).exec().getState().getPaused());
    }

    public void resume(int nodeId) {
        engine.unpauseContainerCmd(id(nodeId)).exec();
    }

    private String id(int nodeId) {
        GenericContainer<?> container = containers.get(nodeId);
        if (container == null) {
            throw new IllegalStateException("node " + nodeId + " was never started");
        }
        return container.getContainerId();
    }

    @Override
    public Process start(NodeProcess node, List<String> command) throws IOException {
        int id = node.nodeId();
        GenericContainer<?> container = containers.get(id);
        if (container == null) {
            container = create(node, command);
            containers.put(id, container);
            container.start();
        } else {
            engine.startContainerCmd(container.getContainerId()).exec();
        }
        LogFollower before = logs.put(id, new LogFollower(node.logFile()));
        if (before != null) {
            before.end();
        }
        Objects.requireNonNull(logs.get(id)).follow(engine, container.getContainerId());
        return new ContainerProcess(engine, container.getContainerId());
    }

    private GenericContainer<?> create(NodeProcess node, List<String> command) throws IOException {
        int id = node.nodeId();
        int port = Objects.requireNonNull(ports.get(id), "no published port");
        Path data = Files.createDirectories(node.directory().resolve("data"));
        Files.setAttribute(data, "unix:uid", USER);
        Path config = node.directory().resolve("server.properties");
        GenericContainer<?> container = new GenericContainer<>(KlammImage.get())
                .withNetwork(network)
                .withNetworkAliases(address(id))
                .withCommand(command.toArray(String[]::new))
                .withCreateContainerCmdModifier(create -> Objects.requireNonNull(
                                create.withIpv4Address(ip(id)).getHostConfig())
                        .withBinds(
                                new Bind(data.toString(), new Volume(DATA)),
                                new Bind(config.toString(), new Volume(CONFIG), AccessMode.ro)))
                // Whoever starts nodes asks them by themselves whether they serve.
                .waitingFor(new AbstractWaitStrategy() {
                    @Override
                    protected void waitUntilReady() {}
                });
        container.setPortBindings(List.of("127.0.0.1:" + port + ":" + port));
        return container;
    }

    /** Removes the containers and their network; the nodes must have ended. */
    @Override
    public void close() {
        try {
            logs.values().forEach(LogFollower::end);
        } finally {
            containers.values().forEach(GenericContainer::stop);
            network.close();
        }
    }

    /** Writes all that a container has said since it was made, and what it says until it stops. */
    private static final class LogFollower extends ResultCallback.Adapter<Frame> {
        private final Path file;
        private final OutputStream out;

        LogFollower(Path file) throws IOException {
            this.file = file;
            this.out = Files.newOutputStream(file);
        }

        void follow(DockerClient engine, String container) {
            engine.logContainerCmd(container)
                    .withStdOut(true)
                    .withStdErr(true)
                    .withFollowStream(true)
                    .exec(this);
        }

        @Override
        public void onNext(Frame frame) {
            try {
                out.write(frame.getPayload());
            } catch (IOException e) {
                throw new UncheckedIOException("cannot write " + file, e);
            }
        }

        void end() {
            try {
                awaitCompletion(LOG_ENDS.toMillis(), TimeUnit.MILLISECONDS);
                close();
                out.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while reading a container's log", e);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
