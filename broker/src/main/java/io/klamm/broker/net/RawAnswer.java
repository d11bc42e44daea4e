/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import io.klamm.replication.wire.ResponseFrame;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The decoder's own answer to a request that no handler can take. It stands in the connection's order like every other.
 *
 * @param context of the request
 * @param encoder makes the answer
 */
record RawAnswer(RequestContext context, Encoder encoder) {
    @FunctionalInterface
    interface Encoder {
        /** The answer's frame, null for none. */
        @Nullable
        ResponseFrame encode(ByteBufAllocator allocator);
    }
}
