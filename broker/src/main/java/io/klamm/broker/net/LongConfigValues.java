/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import io.klamm.replication.wire.ByteBufReadable;
import io.klamm.replication.wire.MalformedMessageException;
import io.netty.buffer.ByteBuf;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Refuses IncrementalAlterConfigs with a value that is longer than the codec reads (32,767 bytes) and than any client could ever be told: since
 * version 1 there is room for one in the request. Apache Kafka closes the connection, and the client asks again and again; here
 * every resource of the request is answered with INVALID_CONFIG. Read by hand, since the codec ends at the value.
 */
final class LongConfigValues {
    private static final int MAX_BYTES = Short.MAX_VALUE;
    private static final short FIRST_FLEXIBLE = 1;

    private LongConfigValues() {}

    /** The answer; null when the request has no such value, or is broken otherwise. Moves the reader index. */
    static @Nullable IncrementalAlterConfigsResponseData refuse(ApiKeys api, short version, ByteBuf body) {
        if (api != ApiKeys.INCREMENTAL_ALTER_CONFIGS || version < FIRST_FLEXIBLE) {
            return null;
        }
        try {
            return read(new ByteBufReadable(body));
        } catch (MalformedMessageException e) {
            return null; // the codec has said so already
        }
    }

    private static @Nullable IncrementalAlterConfigsResponseData read(ByteBufReadable in) {
        IncrementalAlterConfigsResponseData answer = new IncrementalAlterConfigsResponseData();
        int longest = 0;
        int resources = length(in);
        for (int i = 0; i < resources; i++) { // ends with the bytes, whatever the count says
            byte type = in.readByte();
            String name = in.readString(known(length(in)));
            int configs = length(in);
            for (int j = 0; j < configs; j++) {
                in.readByteBuffer(length(in)); // key
                in.readByte(); // operation
                int value = Math.max(0, length(in)); // -1 stands for none
                in.readByteBuffer(value);
                longest = Math.max(longest, value);
                skipTags(in);
            }
            skipTags(in);
            answer.responses()
                    .add(new AlterConfigsResourceResponse()
                            .setResourceType(type)
                            .setResourceName(name)
                            .setErrorCode(Errors.INVALID_CONFIG.code()));
        }
        if (longest <= MAX_BYTES) {
            return null;
        }
        String message = "A value is " + longest + " bytes long, the most is " + MAX_BYTES + "; nothing was changed";
        answer.responses().forEach(row -> row.setErrorMessage(message));
        return answer;
    }

    /** Of a string or an array of a flexible version. */
    private static int length(ByteBufReadable in) {
        return in.readUnsignedVarint() - 1;
    }

    private static int known(int length) {
        if (length > MAX_BYTES) {
            throw new MalformedMessageException("a name of " + length + " bytes");
        }
        return length;
    }

    private static void skipTags(ByteBufReadable in) {
        int tags = in.readUnsignedVarint();
        for (int i = 0; i < tags; i++) {
            in.readUnsignedVarint(); // which one
            in.readByteBuffer(in.readUnsignedVarint());
        }
    }
}
