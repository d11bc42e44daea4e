/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.quota;

import io.klamm.broker.net.RequestContext;

/** Says how long a connection is muted after a request. The pipeline stamps the response's throttle time and mutes. */
@FunctionalInterface
public interface QuotaGate {
    QuotaGate NONE = (context, requestBytes) -> 0;

    /** @return throttle time in ms, 0 = none */
    int charge(RequestContext context, int requestBytes);
}
