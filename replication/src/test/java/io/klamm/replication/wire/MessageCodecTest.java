/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every API in every version: our frames are byte for byte those of Kafka's own codec, and come back as the same message. */
class MessageCodecTest {
    private static final long SEED = Long.getLong("klamm.test.seed", System.nanoTime());
    private static final int ROUNDS = 8;

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);

    static Stream<ApiKeys> apis() {
        return Arrays.stream(ApiKeys.values()).filter(ApiKeys::hasValidVersion);
    }

    @AfterEach
    void nothingIsLeaked() {
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }

    @ParameterizedTest
    @MethodSource("apis")
    void requests(ApiKeys api) {
        RandomMessages messages = new RandomMessages(SEED);
        for (short version : api.allVersions()) {
            checkRequest(api, version, api.messageType.newRequest());
            for (int round = 0; round < ROUNDS; round++) {
                checkRequest(api, version, messages.request(api, version));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("apis")
    void responses(ApiKeys api) {
        RandomMessages messages = new RandomMessages(SEED);
        for (short version : api.allVersions()) {
            checkResponse(api, version, api.messageType.newResponse());
            for (int round = 0; round < ROUNDS; round++) {
                checkResponse(api, version, messages.response(api, version));
            }
        }
    }

    /** Damaged messages are refused; they neither throw anything else nor allocate by what they claim. */
    @ParameterizedTest
    @MethodSource("apis")
    void damagedRequests(ApiKeys api) {
        RandomMessages messages = new RandomMessages(SEED);
        Random random = new Random(SEED);
        for (short version : api.allVersions()) {
            for (int round = 0; round < ROUNDS; round++) {
                byte[] bytes = kafkaBytes(messages.request(api, version), version);
                for (int damage = random.nextInt(4); damage >= 0 && bytes.length > 0; damage--) {
                    bytes[random.nextInt(bytes.length)] = (byte) (random.nextBoolean() ? -1 : random.nextInt());
                }
                ByteBuf damaged = Unpooled.wrappedBuffer(bytes, 0, random.nextInt(bytes.length + 1));
                try {
                    RequestFrame.decodeBody(damaged, api, version);
                } catch (MalformedMessageException expected) {
                    assertThat(expected.getStackTrace()).isEmpty();
                }
            }
        }
    }

    @Test
    void anArrayLengthThatLies() {
        ByteBuf body = Unpooled.buffer();
        body.writeShort(-1).writeShort(-1).writeInt(1000); // transactional id, acks, time-out
        body.writeInt(Integer.MAX_VALUE); // topics
        assertThatThrownBy(() -> RequestFrame.decodeBody(body, ApiKeys.PRODUCE, (short) 3))
                .isInstanceOf(MalformedMessageException.class);
    }

    @Test
    void recordsAreASliceOfTheFrame() {
        ByteBuf body = allocator.directBuffer();
        body.writeShort(-1).writeShort(-1).writeInt(1000);
        body.writeInt(1).writeShort(1).writeByte('t').writeInt(1).writeInt(0);
        body.writeInt(4).writeInt(0x01020304);
        ProduceRequestData produce = (ProduceRequestData)
                RequestFrame.decodeBody(body, ApiKeys.PRODUCE, (short) 3).data();
        ByteBuffer records = ((org.apache.kafka.common.record.internal.MemoryRecords) produce.topicData()
                        .iterator()
                        .next()
                        .partitionData()
                        .get(0)
                        .records())
                .buffer();
        assertThat(records.isDirect()).isTrue();
        records.put(0, (byte) 9);
        assertThat(body.getByte(body.writerIndex() - 4)).isEqualTo((byte) 9);
        body.release();
    }

    private void checkRequest(ApiKeys api, short version, ApiMessage message) {
        RequestHeaderData header = new RequestHeaderData()
                .setRequestApiKey(api.id)
                .setRequestApiVersion(version)
                .setCorrelationId(4711)
                .setClientId("client");
        short headerVersion = api.requestHeaderVersion(version);
        byte[] expected = kafkaFrame(kafkaBytes(header, headerVersion), kafkaBytes(message, version));

        ByteBuf frame = RequestFrame.encode(allocator, version, 4711, "client", message);
        assertThat(ByteBufUtil.getBytes(frame))
                .as("%s version %d, seed %d", api, version, SEED)
                .isEqualTo(expected);

        frame.skipBytes(Integer.BYTES);
        assertThat(RequestFrame.decodeHeader(frame, headerVersion)).isEqualTo(header);
        ApiMessage decoded = api.messageType.newRequest();
        decoded.read(new ByteBufReadable(frame), version);
        assertThat(decoded)
                .as("%s version %d, seed %d", api, version, SEED)
                .isEqualTo(again(message, version, api, true));
        assertThat(frame.isReadable()).isFalse();
        frame.release();
    }

    private void checkResponse(ApiKeys api, short version, ApiMessage message) {
        byte[] header = kafkaBytes(new ResponseHeaderData().setCorrelationId(4711), api.responseHeaderVersion(version));
        byte[] expected = kafkaFrame(header, kafkaBytes(message, version));

        ResponseFrame response = ResponseFrame.encode(allocator, api, version, 4711, message);
        assertThat(response.size()).isEqualTo(expected.length);
        ByteBuf frame = Frames.bytes(response);
        assertThat(ByteBufUtil.getBytes(frame))
                .as("%s version %d, seed %d", api, version, SEED)
                .isEqualTo(expected);

        frame.skipBytes(Integer.BYTES);
        assertThat(ResponseReader.correlationId(frame)).isEqualTo(4711);
        assertThat(ResponseReader.decode(frame, api, version))
                .as("%s version %d, seed %d", api, version, SEED)
                .isEqualTo(again(message, version, api, false));
        frame.release();
    }

    /** The message as Kafka's codec brings it back: fields that the version does not have are gone. */
    private static ApiMessage again(ApiMessage message, short version, ApiKeys api, boolean request) {
        ApiMessage copy = request ? api.messageType.newRequest() : api.messageType.newResponse();
        copy.read(new ByteBufferAccessor(ByteBuffer.wrap(kafkaBytes(message, version))), version);
        return copy;
    }

    private static byte[] kafkaBytes(Message message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer bytes = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(bytes), cache, version);
        return bytes.array();
    }

    private static byte[] kafkaFrame(byte[] header, byte[] body) {
        return ByteBuffer.allocate(Integer.BYTES + header.length + body.length)
                .putInt(header.length + body.length)
                .put(header)
                .put(body)
                .array();
    }
}
