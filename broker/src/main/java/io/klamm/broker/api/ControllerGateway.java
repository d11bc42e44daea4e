/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.RequestContext;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * The way to the active controller, wherever it is. It finds the leader of the quorum, follows NOT_CONTROLLER hints, and retries
 * within the time given when no answer is sure to have been acted on, or the request can be repeated safely. Thread-safe.
 */
public interface ControllerGateway {
    /**
     * Passes on a client's request (as Envelope, with the original principal and address).
     *
     * @return the controller's response message of the same API; exceptionally with
     *     {@link org.apache.kafka.common.errors.TimeoutException} when no controller answered in time
     */
    CompletableFuture<ApiMessage> forward(RequestContext context, ApiMessage request, long timeoutMs);

    /** Sends a request of this node itself (AlterPartition, AllocateProducerIds, CreateTopics for internal topics, ...). */
    CompletableFuture<ApiMessage> send(ApiMessage request, long timeoutMs);
}
