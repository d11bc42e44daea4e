/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG.Bits;
import net.jpountz.xxhash.XXHashFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class Lz4FramesTest {
    private static byte[] content(int size) {
        byte[] content = new byte[size];
        new Random(5).nextBytes(content);
        for (int i = size / 3; i < size; i++) {
            content[i] = (byte) (i / 100); // a part that does not compress, and one that does
        }
        return content;
    }

    private static byte[] frame(byte[] content, BLOCKSIZE size, Bits... flags) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream frame = new LZ4FrameOutputStream(out, size, content.length, flags)) {
            frame.write(content);
        }
        return out.toByteArray();
    }

    private static byte[] read(byte[] frames) throws IOException {
        return new Lz4Frames(frames, Integer.MAX_VALUE).readAllBytes();
    }

    @ParameterizedTest
    @EnumSource(BLOCKSIZE.class)
    void readsWhatTheLibraryWrites(BLOCKSIZE size) throws IOException {
        for (int bytes : new int[] {0, 1, 1000, 70_000, 5 << 20}) {
            byte[] content = content(bytes);
            assertThat(read(frame(content, size, Bits.BLOCK_INDEPENDENCE))).isEqualTo(content);
            assertThat(read(frame(
                            content,
                            size,
                            Bits.BLOCK_INDEPENDENCE,
                            Bits.BLOCK_CHECKSUM,
                            Bits.CONTENT_CHECKSUM,
                            Bits.CONTENT_SIZE)))
                    .isEqualTo(content);
        }
    }

    @Test
    void readsFramesBehindEachOtherAndSkipsWhatIsToBeSkipped() throws IOException {
        byte[] one = frame(content(1000), BLOCKSIZE.SIZE_64KB, Bits.BLOCK_INDEPENDENCE);
        byte[] two = frame(content(500), BLOCKSIZE.SIZE_4MB, Bits.BLOCK_INDEPENDENCE, Bits.CONTENT_CHECKSUM);
        ByteBuffer all = ByteBuffer.allocate(one.length + 12 + two.length).order(ByteOrder.LITTLE_ENDIAN);
        all.put(one).putInt(0x184d2a53).putInt(4).putInt(7).put(two);
        assertThat(read(all.array()))
                .isEqualTo(new LZ4FrameInputStream(new ByteArrayInputStream(all.array())).readAllBytes());
        assertThat(read(all.array())).hasSize(1500);
    }

    @Test
    void aFlippedBitInAFrameWithCheckSumsIsNoticed() throws IOException {
        byte[] frame = frame(
                content(3000),
                BLOCKSIZE.SIZE_64KB,
                Bits.BLOCK_INDEPENDENCE,
                Bits.BLOCK_CHECKSUM,
                Bits.CONTENT_CHECKSUM);
        for (int bit = 0; bit < frame.length * 8; bit += 3) {
            byte[] flipped = frame.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThatThrownBy(() -> read(flipped)).as("bit " + bit).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aHeaderThatClaimsLargeBlocksAllocatesNothing() throws IOException {
        byte[] frame = frame(content(300), BLOCKSIZE.SIZE_64KB, Bits.BLOCK_INDEPENDENCE);
        frame[5] = 0x70; // blocks of 4 MiB
        frame[6] = (byte) (XXHashFactory.fastestInstance().hash32().hash(frame, 4, 2, 0) >>> 8);
        assertThat(read(frame)).hasSize(300);
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        read(frame);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(300_000);
    }

    @Test
    void stopsAtTheBound() throws IOException {
        byte[] bomb = frame(new byte[1 << 22], BLOCKSIZE.SIZE_64KB, Bits.BLOCK_INDEPENDENCE);
        assertThatThrownBy(() -> new Lz4Frames(bomb, 1 << 20).readAllBytes()).hasMessageContaining("more than 1048576");
    }
}
