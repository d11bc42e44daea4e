/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.peer;

import io.netty.util.concurrent.Future;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/** A request between {@link PeerChannel#send} and its answer. Its fields belong to the event loop. */
final class PeerRequest {
    final ApiMessage message;
    final ApiKeys api;
    final CompletableFuture<ApiMessage> answer = new CompletableFuture<>();

    @Nullable
    Future<?> timeout;

    /** Version it was sent in; set when it is written. */
    short version = -1;

    int correlationId = -1;

    PeerRequest(ApiMessage message) {
        this.message = message;
        this.api = ApiKeys.forId(message.apiKey());
    }

    void succeed(ApiMessage response) {
        cancelTimeout();
        answer.complete(response);
    }

    void fail(PeerException reason) {
        cancelTimeout();
        answer.completeExceptionally(reason);
    }

    private void cancelTimeout() {
        if (timeout == null) {
            return;
        }
        try {
            timeout.cancel(false);
        } catch (RejectedExecutionException e) {
            timeout = null; // the event loop has ended, and its timers with it
        }
    }
}
