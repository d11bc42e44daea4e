/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.broker.api.ControllerGateway;
import io.klamm.broker.net.RequestContext;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData;
import org.apache.kafka.common.message.BrokerHeartbeatResponseData;
import org.apache.kafka.common.message.BrokerRegistrationResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/** A broker's way to whoever it believes to be the controller: asks again until its time is over. */
final class SimGateway implements ControllerGateway {
    private static final long LOST_AFTER_MS = 400;
    private static final long RETRY_MS = 30;

    private final SimProcess process;
    private final World world;
    private final SimCluster cluster;

    SimGateway(SimProcess process, World world, SimCluster cluster) {
        this.process = process;
        this.world = world;
        this.cluster = cluster;
    }

    @Override
    public CompletableFuture<ApiMessage> forward(RequestContext context, ApiMessage request, long timeoutMs) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<ApiMessage> send(ApiMessage request, long timeoutMs) {
        CompletableFuture<ApiMessage> result = new CompletableFuture<>();
        after(timeoutMs, () -> result.completeExceptionally(new TimeoutException("no controller answered")));
        attempt(request, result);
        return result;
    }

    private void attempt(ApiMessage request, CompletableFuture<ApiMessage> result) {
        if (result.isDone()) {
            return;
        }
        boolean[] over = new boolean[1];
        after(LOST_AFTER_MS, () -> again(over, request, result));
        int target = cluster.quorum().believedLeader();
        if (target == 0) {
            return;
        }
        long heldNanos = request instanceof AlterPartitionRequestData ? world.proposalHeldNanos(process.nodeId()) : 0;
        if (heldNanos > 0) {
            world.time.schedule(heldNanos, () -> pass(request, target, over, result));
        } else {
            pass(request, target, over, result);
        }
    }

    private void pass(ApiMessage request, int target, boolean[] over, CompletableFuture<ApiMessage> result) {
        world.request(process.nodeId(), target, () -> {
            SimProcess controller = cluster.node(target).process();
            if (controller != null) {
                controller.schedule(0, () -> controller
                        .serve(request, process.connectionId())
                        .thenAccept(response -> world.answer(
                                target,
                                process.nodeId(),
                                () -> process.schedule(0, () -> answered(over, request, response, result)))));
            }
        });
    }

    private void answered(
            boolean[] over, ApiMessage request, ApiMessage response, CompletableFuture<ApiMessage> result) {
        if (over[0]) {
            return;
        }
        if (error(response) == Errors.NOT_CONTROLLER) {
            after(RETRY_MS, () -> again(over, request, result));
        } else {
            over[0] = true;
            result.complete(response);
        }
    }

    private void again(boolean[] over, ApiMessage request, CompletableFuture<ApiMessage> result) {
        if (!over[0]) {
            over[0] = true;
            attempt(request, result);
        }
    }

    private void after(long ms, Runnable task) {
        process.schedule(TimeUnit.MILLISECONDS.toNanos(ms), task);
    }

    private static Errors error(ApiMessage response) {
        if (response instanceof BrokerRegistrationResponseData registration) {
            return Errors.forCode(registration.errorCode());
        } else if (response instanceof BrokerHeartbeatResponseData heartbeat) {
            return Errors.forCode(heartbeat.errorCode());
        }
        if (response instanceof AssignReplicasToDirsResponseData assignment) {
            return Errors.forCode(assignment.errorCode());
        }
        return Errors.forCode(((AlterPartitionResponseData) response).errorCode());
    }
}
