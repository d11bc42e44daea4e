/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import io.klamm.broker.security.ClientPrincipal;
import java.net.InetSocketAddress;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * What is known of a request besides its content.
 *
 * @param api which API
 * @param version its version
 * @param correlationId the client's number of it
 * @param clientId the client's name of itself, empty when it gave none
 * @param principal who sends it; for a forwarded request, the original sender
 * @param listenerName listener it came in by; Metadata answers with endpoints of the same listener
 * @param securityProtocol name of the listener's security protocol
 * @param client remote address
 * @param connectionId number of the connection, unique in this process
 * @param receivedNanos monotonic time at which it was complete
 */
public record RequestContext(
        ApiKeys api,
        short version,
        int correlationId,
        String clientId,
        ClientPrincipal principal,
        String listenerName,
        String securityProtocol,
        InetSocketAddress client,
        long connectionId,
        long receivedNanos) {}
