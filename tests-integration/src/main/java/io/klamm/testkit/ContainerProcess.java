/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.exception.ConflictException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** The first process of a running container, from its start to its end. What it writes is read elsewhere. */
final class ContainerProcess extends Process {
    private final DockerClient engine;
    private final String container;
    private final long pid;

    /** @param container id of a container that has just been started */
    ContainerProcess(DockerClient engine, String container) {
        this.engine = engine;
        this.container = container;
        this.pid = Objects.requireNonNull(state().getPidLong());
    }

    private ContainerState state() {
        return engine.inspectContainerCmd(container).exec().getState();
    }

    /** As its host numbers it. */
    @Override
    public long pid() {
        return pid;
    }

    @Override
    public int exitValue() {
        ContainerState state = state();
        if (Boolean.TRUE.equals(state.getRunning())) {
            throw new IllegalThreadStateException("container " + container + " runs");
        }
        return Math.toIntExact(Objects.requireNonNull(state.getExitCodeLong()));
    }

    @Override
    public int waitFor() throws InterruptedException {
        while (!waitFor(1, TimeUnit.MINUTES)) {
            // the default looks from time to time
        }
        return exitValue();
    }

    @Override
    public void destroy() {
        send("SIGTERM");
    }

    @Override
    public Process destroyForcibly() {
        send("SIGKILL");
        return this;
    }

    private void send(String signal) {
        try {
            engine.killContainerCmd(container).withSignal(signal).exec();
        } catch (ConflictException e) {
            if (isAlive()) {
                throw e;
            }
        }
    }

    @Override
    public OutputStream getOutputStream() {
        return OutputStream.nullOutputStream();
    }

    @Override
    public InputStream getInputStream() {
        return InputStream.nullInputStream();
    }

    @Override
    public InputStream getErrorStream() {
        return InputStream.nullInputStream();
    }
}
