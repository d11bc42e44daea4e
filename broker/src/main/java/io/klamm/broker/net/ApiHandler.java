/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * Serves one API. One instance a node, called by many event loops at once.
 *
 * @param <Q> request message of kafka-clients
 */
public interface ApiHandler<Q extends ApiMessage> {
    ApiKeys api();

    /**
     * Handles a request on the connection's event loop; must not block. Zero-copy fields of the request (records) are valid only
     * until this method returns. Each handler takes one image at its start and uses no other.
     *
     * @return the response message, now or later (always, also on shutdown); null means that the protocol knows no answer
     *     (acks=0). An exception, thrown or in the stage, becomes the API's error response: a
     *     {@link org.apache.kafka.common.errors.ApiException} by its code, anything else as UNKNOWN_SERVER_ERROR, logged.
     */
    CompletionStage<? extends @Nullable ApiMessage> handle(RequestContext context, Q request);
}
