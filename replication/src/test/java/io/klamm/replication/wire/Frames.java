/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;

/** Writes frames to where a test can look at them. */
final class Frames {
    private Frames() {}

    /** The bytes of a response that has no file ranges. */
    static ByteBuf bytes(ResponseFrame response) {
        EmbeddedChannel channel = new EmbeddedChannel();
        var unused = response.write(channel);
        channel.flushOutbound();
        ByteBuf all = Unpooled.buffer();
        ByteBuf part;
        while ((part = channel.readOutbound()) != null) {
            all.writeBytes(part);
            part.release();
        }
        channel.finishAndReleaseAll();
        return all;
    }
}
