/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

/** How long a client's request may look for the controller. */
public final class ForwardTimeout {
    private static final int LEAST_MS = 100;
    private static final int MOST_MS = 300_000;

    private ForwardTimeout() {}

    /** What the client wants, within reason: nothing waits for ever, and even a hurried request gets one attempt. */
    public static long of(int clientTimeoutMs) {
        return Math.max(LEAST_MS, Math.min(clientTimeoutMs, MOST_MS));
    }
}
