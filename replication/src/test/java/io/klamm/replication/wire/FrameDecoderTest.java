/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FrameDecoderTest {
    private static final long SEED = Long.getLong("klamm.test.seed", System.nanoTime());
    private static final int MAX = 1_000_000;

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    private final CountingMemory memory = new CountingMemory();
    private final EmbeddedChannel channel = new EmbeddedChannel();

    FrameDecoderTest() {
        channel.config().setAllocator(allocator);
        channel.pipeline().addLast(new FrameDecoder(MAX, memory));
    }

    @AfterEach
    void nothingIsLeaked() {
        channel.finishAndReleaseAll();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
        assertThat(memory.held).isZero();
    }

    @Test
    void framesCutAnywhere() {
        Random random = new Random(SEED);
        List<byte[]> frames = new ArrayList<>();
        ByteBuf stream = allocator.directBuffer();
        for (int i = 0; i < 200; i++) {
            byte[] frame = new byte[i % 20 == 7 ? 150_000 + random.nextInt(200_000) : random.nextInt(60)];
            random.nextBytes(frame);
            frames.add(frame);
            stream.writeInt(frame.length).writeBytes(frame);
        }
        while (stream.isReadable()) {
            int bound = random.nextInt(5) == 0 ? 50_000 : 40;
            receive(stream.readBytes(Math.min(stream.readableBytes(), 1 + random.nextInt(bound))));
        }
        stream.release();
        for (byte[] frame : frames) {
            assertThat(nextFrame()).as("seed %d", SEED).isEqualTo(frame);
        }
        assertThat(channel.<ByteBuf>readInbound()).isNull();
    }

    @Test
    void aWholeFrameIsASliceOfWhatWasRead() {
        ByteBuf read = allocator.directBuffer().writeInt(3).writeMedium(0x010203);
        receive(read);
        ByteBuf frame = channel.readInbound();
        assertThat(frame.memoryAddress()).isEqualTo(read.memoryAddress() + Integer.BYTES);
        frame.release();
    }

    @Test
    void anAnnouncedFrameTakesMemoryOnlyAsItsBytesArrive() {
        receive(allocator.directBuffer().writeInt(MAX).writeByte(1));
        assertThat(memory.held).isLessThanOrEqualTo(64 * 1024);
        assertThat(allocator.metric().usedDirectMemory()).isLessThanOrEqualTo(64 * 1024);
        receive(allocator.directBuffer().writeZero(300_000));
        assertThat(memory.held).isBetween(300_001, 600_002);
    }

    @Test
    void anEmptyFrameWaitsForNothing() {
        receive(allocator.directBuffer().writeInt(0));
        assertThat(nextFrame()).isEmpty();
    }

    @Test
    void negativeAndOversizedLengthsEndTheInput() {
        for (int length : new int[] {-1, Integer.MIN_VALUE, MAX + 1, 0x48545450 /* HTTP */}) {
            EmbeddedChannel bad = new EmbeddedChannel(new FrameDecoder(MAX, memory));
            assertThatThrownBy(() -> bad.writeInbound(
                            allocator.directBuffer().writeInt(length).writeInt(7)))
                    .isInstanceOf(MalformedMessageException.class);
            bad.writeInbound(allocator.directBuffer().writeInt(1).writeByte(1));
            assertThat(bad.<ByteBuf>readInbound()).isNull();
            bad.finishAndReleaseAll();
        }
    }

    @Test
    void nothingIsPassedOnWhileReadingIsOff() {
        ByteBuf two =
                allocator.directBuffer().writeInt(1).writeByte(1).writeInt(1).writeByte(2);
        channel.config().setAutoRead(false);
        receive(two);
        assertThat(channel.<ByteBuf>readInbound()).isNull();
        channel.config().setAutoRead(true);
        assertThat(nextFrame()).containsExactly(1);
        assertThat(nextFrame()).containsExactly(2);
    }

    @Test
    void waitsForMemoryAndGoesOn() {
        memory.refuse = true;
        memory.whenRefused = () -> channel.config().setAutoRead(false);
        receive(allocator.directBuffer().writeInt(100_000).writeZero(50_000));
        receive(allocator.directBuffer().writeZero(50_000));
        assertThat(channel.<ByteBuf>readInbound()).isNull();
        memory.refuse = false;
        channel.config().setAutoRead(true);
        assertThat(nextFrame()).hasSize(100_000);
    }

    private void receive(ByteBuf bytes) {
        channel.writeInbound(bytes);
    }

    private byte[] nextFrame() {
        ByteBuf frame = channel.readInbound();
        assertThat(frame).isNotNull();
        byte[] bytes = new byte[frame.readableBytes()];
        frame.readBytes(bytes).release();
        return bytes;
    }

    private static final class CountingMemory implements FrameMemory {
        private int held;
        private boolean refuse;
        private Runnable whenRefused = () -> {};

        @Override
        public boolean grow(int bytes) {
            if (refuse) {
                whenRefused.run();
                return false;
            }
            held += bytes;
            return true;
        }

        @Override
        public void shrink(int bytes) {
            held -= bytes;
        }
    }
}
