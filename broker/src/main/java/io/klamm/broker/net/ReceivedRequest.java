/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.AbstractRequest;

/**
 * A request on its way from the decoder to its handler.
 *
 * @param row who serves it
 * @param bytes its size on the wire
 */
record ReceivedRequest(RequestContext context, AbstractRequest request, ApiTable.Row row, int bytes) {
    ApiMessage message() {
        return request.data();
    }
}
