/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.ClientPrincipal;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;

/** Requests as clients of the test's listener send them. */
final class TestRequests {
    private TestRequests() {}

    static RequestContext context(ApiKeys api, int version) {
        return new RequestContext(
                api,
                (short) version,
                1,
                "test",
                ClientPrincipal.ANONYMOUS,
                TestImages.LISTENER,
                "PLAINTEXT",
                InetSocketAddress.createUnresolved("client", 1),
                1,
                0);
    }

    static List<Integer> versions(ApiKeys api) {
        return IntStream.rangeClosed(api.oldestVersion(), api.latestVersion(true))
                .boxed()
                .toList();
    }

    /** The answer, which must be there, as the client reads it in this version: fields that cannot be encoded fail. */
    @SuppressWarnings("unchecked")
    static <R extends ApiMessage> R answered(CompletionStage<R> stage, ApiKeys api, int version) {
        R response = stage.toCompletableFuture().getNow(null);
        if (response == null) {
            throw new AssertionError("no answer yet");
        }
        ApiMessage read = ApiMessageType.fromApiKey(api.id).newResponse();
        read.read(
                new ByteBufferAccessor(MessageUtil.toByteBufferAccessor(response, (short) version)
                        .buffer()),
                (short) version);
        return (R) read;
    }

    /** Allows everything but one operation, optionally on some names only. */
    static Authorizer denying(Authorizer.Operation denied, String... names) {
        Set<String> only = Set.of(names);
        return (context, operation, resource, name) -> operation != denied || (!only.isEmpty() && !only.contains(name));
    }
}
