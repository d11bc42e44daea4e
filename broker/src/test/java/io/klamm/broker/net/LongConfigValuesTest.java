/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class LongConfigValuesTest {
    private static final int VERSION = 1;

    /** A request frame as a client writes it that has no limit of its own: two resources, the second with this value. */
    private static byte[] frame(int correlationId, String value) {
        ByteBuffer out = ByteBuffer.allocate(100_000);
        out.putInt(0)
                .putShort(ApiKeys.INCREMENTAL_ALTER_CONFIGS.id)
                .putShort((short) VERSION)
                .putInt(correlationId);
        out.putShort((short) 3).put("raw".getBytes(StandardCharsets.UTF_8)).put((byte) 0);
        new ByteBufferAccessor(out).writeUnsignedVarint(3); // two resources
        resource(out, "first", "retention.ms", "1");
        resource(out, "second", "retention.ms", value);
        out.put((byte) 1).put((byte) 0); // validate only, no tags
        out.putInt(0, out.position() - Integer.BYTES);
        byte[] bytes = new byte[out.position()];
        out.flip().get(bytes);
        return bytes;
    }

    private static void resource(ByteBuffer out, String name, String key, String value) {
        out.put((byte) 2);
        string(out, name);
        new ByteBufferAccessor(out).writeUnsignedVarint(2); // one setting
        string(out, key);
        out.put((byte) 0);
        string(out, value);
        out.put((byte) 0).put((byte) 0);
    }

    private static void string(ByteBuffer out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        new ByteBufferAccessor(out).writeUnsignedVarint(bytes.length + 1);
        out.put(bytes);
    }

    @Test
    void everyResourceIsToldAndTheConnectionGoesOn() throws Exception {
        try (ServerFixture server = new ServerFixture()
                        .<IncrementalAlterConfigsRequestData>serve(
                                ApiKeys.INCREMENTAL_ALTER_CONFIGS,
                                (context, request) ->
                                        CompletableFuture.completedFuture(new IncrementalAlterConfigsResponseData()
                                                .setResponses(List.of(new AlterConfigsResourceResponse()
                                                        .setResourceName("handled "
                                                                + request.resources()
                                                                        .size())))))
                        .start();
                RawClient client = server.client()) {
            client.send(frame(5, "x".repeat(40_000)));
            IncrementalAlterConfigsResponseData answer = client.receive(5, ApiKeys.INCREMENTAL_ALTER_CONFIGS, VERSION);
            assertThat(answer.responses()).hasSize(2).allSatisfy(row -> {
                assertThat(row.errorCode()).isEqualTo(Errors.INVALID_CONFIG.code());
                assertThat(row.errorMessage()).contains("40000 bytes");
            });
            assertThat(answer.responses())
                    .extracting(AlterConfigsResourceResponse::resourceName)
                    .containsExactly("first", "second");

            client.send(frame(6, "x".repeat(Short.MAX_VALUE)));
            answer = client.receive(6, ApiKeys.INCREMENTAL_ALTER_CONFIGS, VERSION);
            assertThat(answer.responses().get(0).resourceName()).isEqualTo("handled 2");
        }
    }

    @Test
    void otherBrokenRequestsAreNotItsAffair() {
        byte[] whole = frame(5, "x".repeat(40_000));
        int body = Integer.BYTES + 8 + 5 + 1;
        for (int end : new int[] {body, body + 1, body + 30, whole.length - 40_000, whole.length - 5}) {
            ByteBuf cut = Unpooled.wrappedBuffer(whole, body, end - body);
            assertThat(LongConfigValues.refuse(ApiKeys.INCREMENTAL_ALTER_CONFIGS, (short) VERSION, cut))
                    .as("cut at %d", end)
                    .isNull();
        }
        ByteBuf lies =
                Unpooled.wrappedBuffer(new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 7, 2, 1, 1});
        assertThat(LongConfigValues.refuse(ApiKeys.INCREMENTAL_ALTER_CONFIGS, (short) VERSION, lies))
                .isNull();
        ByteBuf good = Unpooled.wrappedBuffer(whole, body, whole.length - body);
        assertThat(LongConfigValues.refuse(ApiKeys.INCREMENTAL_ALTER_CONFIGS, (short) 0, good))
                .isNull();
        assertThat(new IncrementalAlterConfigsRequestData(
                                new ByteBufferAccessor(
                                        ByteBuffer.wrap(frame(5, "short"), body, frame(5, "short").length - body)),
                                (short) VERSION)
                        .resources())
                .as("the frame is as the codec's")
                .hasSize(2);
    }
}
