/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.RandomFacts;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.CRC32C;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class FactCodecTest {
    private static final long SEED = 20261120L;

    @Test
    void everyTypeComesBackAsItWent() {
        Set<Class<?>> seen = new HashSet<>();
        MetadataImage image = MetadataImage.EMPTY;
        RandomFacts random = new RandomFacts(SEED);
        for (int i = 0; i < 1000; i++) {
            FactBatch batch = random.batch(image);
            assertThat(FactCodec.decode(FactCodec.encode(batch)))
                    .as("seed %s, batch %s", SEED, i)
                    .isEqualTo(batch);
            for (MetadataFact fact : batch.facts()) {
                assertThat(FactCodec.decodeFact(FactCodec.encodeFact(fact))).isEqualTo(fact);
                seen.add(fact.getClass());
            }
            image = image.apply(batch);
        }
        assertThat(seen).containsExactlyInAnyOrder(MetadataFact.class.getPermittedSubclasses());
    }

    @Test
    void extremeNumbersComeBack() {
        assertRoundTrip(new ProducerIdsAllocated(-1, Long.MIN_VALUE, Long.MAX_VALUE));
        assertRoundTrip(new BrokerFenced(Integer.MAX_VALUE, -1));
        assertRoundTrip(new BrokerFenced(Integer.MIN_VALUE, 0));
        assertRoundTrip(new BrokerFenced(127, 0));
        assertRoundTrip(new BrokerFenced(128, 0));
        assertRoundTrip(new MetadataVersionFinalized(Short.MIN_VALUE));
    }

    /** The bytes of every type in version 0 are for ever; a change here means that old logs cannot be read. */
    @Test
    void layoutOnDiskDoesNotChange() {
        FactBatch batch = new FactBatch(
                3,
                70,
                1_700_000_000_000L,
                "User:a",
                "why",
                List.of(new BrokerFenced(300, 5), new TopicCreated(new Uuid(1, 2), "t")));
        byte[] expected = bytes(
                0x4b, 0x46, 0x43, 0x54, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 70, 0, 0, 0x01, 0x8b, 0xcf, 0xe5, 0x68, 0,
                6, 'U', 's', 'e', 'r', ':', 'a', 3, 'w', 'h', 'y', 2, // fact batch header
                5, 0, 10, 0xac, 0x02, 0, 0, 0, 0, 0, 0, 0, 5, // BrokerFenced
                8, 0, 18, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 1, 't'); // TopicCreated
        byte[] encoded = array(FactCodec.encode(batch));
        assertThat(Arrays.copyOf(encoded, encoded.length - 4)).isEqualTo(expected);
        assertThat(ByteBuffer.wrap(encoded).getInt(encoded.length - 4)).isEqualTo(crc(expected));
    }

    @Test
    void aChangedOrMissingByteIsFoundWhereverItIs() {
        Random random = new Random(SEED);
        for (FactBatch batch : someBatches(20)) {
            byte[] good = array(FactCodec.encode(batch));
            for (int length = 0; length < good.length; length++) {
                assertDamaged(Arrays.copyOf(good, length));
            }
            assertDamaged(Arrays.copyOf(good, good.length + 1));
            for (int position = 0; position < good.length; position++) {
                byte[] bad = good.clone();
                bad[position] ^= (byte) (1 << random.nextInt(8));
                assertDamaged(bad);
            }
        }
    }

    /** Behind the checksum too: what a faulty or hostile writer signed must not take the reader's memory. */
    @Test
    void lyingBytesUnderAGoodChecksumGiveAFormatExceptionOrAFact() {
        Random random = new Random(SEED);
        for (FactBatch batch : someBatches(40)) {
            byte[] good = array(FactCodec.encode(batch));
            for (int i = 0; i < 400; i++) {
                byte[] bad = good.clone();
                for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                    bad[random.nextInt(good.length - 4)] = (byte) (random.nextInt(4) == 0 ? 0xff : random.nextInt(256));
                }
                ByteBuffer.wrap(bad).putInt(bad.length - 4, crc(Arrays.copyOf(bad, bad.length - 4)));
                Throwable thrown = catchThrowable(() -> FactCodec.decode(ByteBuffer.wrap(bad)));
                if (thrown != null) {
                    assertThat(thrown).as("seed %s", SEED).isInstanceOf(FactFormatException.class);
                }
            }
        }
    }

    @Test
    void aHugeLengthIsRefusedBeforeItIsBelieved() {
        byte[] fact = array(FactCodec.encodeFact(new TopicCreated(new Uuid(1, 2), "t")));
        // type, version, length, 16 bytes of id, length of the name, name
        byte[] lying = ByteBuffer.allocate(fact.length + 4)
                .put(fact, 0, 2)
                .put((byte) (fact.length + 4 - 3))
                .put(fact, 3, 16)
                .put(bytes(0xff, 0xff, 0xff, 0xff, 0x07))
                .put((byte) 't')
                .array();
        assertThatThrownBy(() -> FactCodec.decodeFact(ByteBuffer.wrap(lying)))
                .isInstanceOf(FactFormatException.class)
                .hasMessageContaining("a length of 2147483647 with 1 bytes left");
    }

    /** A field that this version does not know would be lost without a word. */
    @Test
    void surplusBytesAreRefused() {
        byte[] fact = array(FactCodec.encodeFact(new BrokerFenced(3, 5)));
        byte[] longer = Arrays.copyOf(fact, fact.length + 1);
        assertThatThrownBy(() -> FactCodec.decodeFact(ByteBuffer.wrap(longer)))
                .isInstanceOf(FactFormatException.class)
                .hasMessageContaining("1 surplus bytes behind a fact");
        byte[] longerFields = longer.clone();
        longerFields[2]++;
        assertThatThrownBy(() -> FactCodec.decodeFact(ByteBuffer.wrap(longerFields)))
                .isInstanceOf(FactFormatException.class)
                .hasMessageContaining("1 surplus bytes behind BrokerFenced");
    }

    @Test
    void newerTypeVersionAndFormatSayThatANewerProgramIsNeeded() {
        assertThatThrownBy(() -> FactCodec.decodeFact(ByteBuffer.wrap(bytes(99, 0, 0))))
                .isInstanceOf(FactFormatException.class)
                .hasMessageContaining("fact type 99")
                .hasMessageContaining("a newer one wrote it");
        assertThatThrownBy(() -> FactCodec.decodeFact(ByteBuffer.wrap(bytes(5, 1, 0))))
                .isInstanceOf(FactFormatException.class)
                .hasMessageContaining("version 1 of BrokerFenced")
                .hasMessageContaining("a newer one wrote it");
        byte[] batch = array(FactCodec.encode(someBatches(1).get(0)));
        batch[4] = 2;
        assertThatThrownBy(() -> FactCodec.decode(ByteBuffer.wrap(batch)))
                .isInstanceOf(FactFormatException.class)
                .hasMessageContaining("fact batch format 2")
                .hasMessageContaining("a newer one wrote it");
    }

    @Test
    void readsFromThePositionOfADirectBufferAndLeavesItAlone() {
        FactBatch batch = someBatches(3).get(2);
        ByteBuffer encoded = FactCodec.encode(batch);
        ByteBuffer direct = ByteBuffer.allocateDirect(encoded.remaining() + 20);
        direct.position(7).put(encoded.duplicate()).flip().position(7);
        assertThat(FactCodec.decode(direct)).isEqualTo(batch);
        assertThat(direct.position()).isEqualTo(7);
    }

    private static List<FactBatch> someBatches(int count) {
        RandomFacts random = new RandomFacts(SEED);
        MetadataImage image = MetadataImage.EMPTY;
        FactBatch[] batches = new FactBatch[count];
        for (int i = 0; i < count; i++) {
            batches[i] = random.batch(image);
            image = image.apply(batches[i]);
        }
        return List.of(batches);
    }

    private static void assertRoundTrip(MetadataFact fact) {
        assertThat(FactCodec.decodeFact(FactCodec.encodeFact(fact))).isEqualTo(fact);
    }

    private static void assertDamaged(byte[] bytes) {
        assertThatThrownBy(() -> FactCodec.decode(ByteBuffer.wrap(bytes))).isInstanceOf(FactFormatException.class);
    }

    private static byte[] array(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static int crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
