/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.image.BrokerImage;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whether a broker's process is dead (design D6): a refused connection proves it, silence does not. One dial to an
 * incarnation at a time, however many ask. Confined to the controller thread; futures complete on it.
 */
final class BrokerDialer {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerDialer.class);

    private final ControllerPorts ports;
    private final ControllerThread thread;
    private final Map<Long, CompletableFuture<Boolean>> dialing = new HashMap<>();

    BrokerDialer(ControllerPorts ports, ControllerThread thread) {
        this.ports = ports;
        this.thread = thread;
    }

    /** True when the dial was refused: nobody listens there. Never fails. */
    CompletableFuture<Boolean> isRefused(BrokerImage broker) {
        CompletableFuture<Boolean> underWay = dialing.get(broker.brokerEpoch());
        if (underWay != null) {
            return underWay;
        }
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        dialing.put(broker.brokerEpoch(), result);
        CompletableFuture<Boolean> dial;
        try {
            dial = ports.dial(broker);
        } catch (RuntimeException e) {
            dial = CompletableFuture.failedFuture(e);
        }
        thread.then(dial, (connected, error) -> {
            dialing.remove(broker.brokerEpoch());
            result.complete(isRefusal(broker, connected, error));
        });
        return result;
    }

    private static boolean isRefusal(BrokerImage broker, @Nullable Boolean connected, @Nullable Throwable error) {
        if (error != null || connected == null) {
            LOG.info(
                    "Dialling broker {} gave no answer ({}); its session goes on",
                    broker.nodeId(),
                    String.valueOf(error));
            return false;
        }
        return !connected;
    }
}
