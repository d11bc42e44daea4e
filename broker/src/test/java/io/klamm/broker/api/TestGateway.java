/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.RequestContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/** Keeps what is sent to the controller; the test answers. */
final class TestGateway implements ControllerGateway {
    /** @param context null when the node sent it itself */
    record Sent(
            @Nullable RequestContext context,
            ApiMessage request,
            long timeoutMs,
            CompletableFuture<ApiMessage> reply) {}

    final List<Sent> sent = new ArrayList<>();

    @Override
    public CompletableFuture<ApiMessage> forward(RequestContext context, ApiMessage request, long timeoutMs) {
        return keep(context, request, timeoutMs);
    }

    @Override
    public CompletableFuture<ApiMessage> send(ApiMessage request, long timeoutMs) {
        return keep(null, request, timeoutMs);
    }

    private CompletableFuture<ApiMessage> keep(@Nullable RequestContext context, ApiMessage request, long timeoutMs) {
        Sent call = new Sent(context, request, timeoutMs, new CompletableFuture<>());
        sent.add(call);
        return call.reply();
    }

    Sent only() {
        if (sent.size() != 1) {
            throw new AssertionError(sent.size() + " requests instead of one");
        }
        return sent.get(0);
    }
}
