/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import io.klamm.replication.wire.RequestFrame;
import io.klamm.replication.wire.ResponseFrame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Refuses Produce 0 to 2, which we advertise for librdkafka's sake and which the codec no longer knows (KIP-896): every partition is
 * answered with UNSUPPORTED_VERSION. Written by hand, for there is nothing left that could do it.
 */
final class OldProduce {
    private static final short FIRST_KNOWN = 3;

    private OldProduce() {}

    static boolean isOld(short version) {
        return version >= 0 && version < FIRST_KNOWN;
    }

    /** Reads the message: that of version 3 begins with a transactional id and is otherwise the same. */
    static ProduceRequestData read(ByteBuf frame) {
        ByteBuf noTransactionalId = Unpooled.copyShort(-1);
        ByteBuf body = Unpooled.wrappedBuffer(noTransactionalId, frame.retainedSlice());
        ByteBuf contiguous = Unpooled.copiedBuffer(body);
        body.release();
        return (ProduceRequestData) RequestFrame.decodeBody(contiguous, ApiKeys.PRODUCE, FIRST_KNOWN)
                .data();
    }

    /** The answer; null when the client wants none (acks=0). */
    static @Nullable ResponseFrame refuse(
            ByteBufAllocator allocator, RequestContext context, ProduceRequestData request) {
        if (request.acks() == 0) {
            return null;
        }
        ByteBuf frame = allocator.buffer();
        frame.writeInt(0).writeInt(context.correlationId());
        frame.writeInt(request.topicData().size());
        for (TopicProduceData topic : request.topicData()) {
            byte[] name = topic.name().getBytes(StandardCharsets.UTF_8);
            frame.writeShort(name.length).writeBytes(name);
            frame.writeInt(topic.partitionData().size());
            for (PartitionProduceData partition : topic.partitionData()) {
                frame.writeInt(partition.index());
                frame.writeShort(Errors.UNSUPPORTED_VERSION.code());
                frame.writeLong(-1); // base offset
                if (context.version() >= 2) {
                    frame.writeLong(-1); // log append time
                }
            }
        }
        if (context.version() >= 1) {
            frame.writeInt(0); // throttle time
        }
        frame.setInt(0, frame.readableBytes() - Integer.BYTES);
        return ResponseFrame.of(frame);
    }
}
