/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.DigestRecorded;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.MetadataFact;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DigestWatchTest {
    private static final long SEED = 20261121L;

    private final BlockingQueue<DigestRecorded> computed = new LinkedBlockingQueue<>();
    private final DigestWatch watch = new DigestWatch("digest-test", 10, computed::add);

    @AfterEach
    void close() {
        watch.close();
    }

    @Test
    void equalImagesHaveEqualDigestsHoweverTheyCameAbout() throws IOException {
        MetadataImage image = MetadataImage.EMPTY;
        RandomFacts random = new RandomFacts(SEED);
        long before = ImageDigest.of(image);
        for (int i = 0; i < 200; i++) {
            image = image.apply(random.batch(image));
            long digest = ImageDigest.of(image);
            assertThat(digest).as("seed %s, batch %s", SEED, i).isNotEqualTo(before);
            ByteArrayOutputStream snapshot = new ByteArrayOutputStream();
            ImageSnapshot.write(image, snapshot);
            MetadataImage loaded = ImageSnapshot.read(new ByteArrayInputStream(snapshot.toByteArray()));
            assertThat(ImageDigest.of(loaded)).as("seed %s, batch %s", SEED, i).isEqualTo(digest);
            before = digest;
        }
    }

    @Test
    void aNodeThatAgreesSaysNothing() throws Exception {
        MetadataImage image = upTo(12, MetadataImage.EMPTY);
        DigestRecorded own = computed();
        assertThat(own).isEqualTo(new DigestRecorded(10, ImageDigest.of(upToUnobserved(10))));
        MetadataImage unused = observed(image, own);
        awaitAgreed(10);
        assertThat(watch.mismatches()).isZero();
        assertThat(watch.divergedAt()).isEqualTo(-1);
    }

    @Test
    void aNodeThatHasAnotherImageIsFoundAtTheFirstDigest() throws Exception {
        MetadataImage image = upTo(12, MetadataImage.EMPTY);
        DigestRecorded own = computed();
        MetadataImage later = observed(image, new DigestRecorded(own.endOffset(), own.digest() + 1));
        MetadataImage end = upTo(21, later);
        DigestRecorded next = computed();
        MetadataImage unused = observed(end, next);
        awaitAgreed(next.endOffset());
        assertThat(watch.mismatches()).isEqualTo(1);
        assertThat(watch.divergedAt()).isEqualTo(10);
    }

    @Test
    void whoWasNotThereSaysNothing() throws Exception {
        MetadataImage image = upTo(12, MetadataImage.EMPTY);
        MetadataImage later = observed(image, new DigestRecorded(11, 4711));
        MetadataImage end = upTo(21, later);
        computed();
        MetadataImage unused = observed(end, computed());
        awaitAgreed(20);
        assertThat(watch.mismatches()).isZero();
    }

    private DigestRecorded computed() throws InterruptedException {
        DigestRecorded digest = computed.poll(20, TimeUnit.SECONDS);
        assertThat(digest).isNotNull();
        return digest;
    }

    private void awaitAgreed(long offset) {
        while (watch.agreedAt() != offset) {
            Thread.onSpinWait();
        }
    }

    /** One fact a batch. */
    private MetadataImage upTo(long endOffset, MetadataImage from) {
        MetadataImage image = from;
        while (image.endOffset() < endOffset) {
            image = observed(image, fact(image.endOffset()));
        }
        return image;
    }

    private static MetadataImage upToUnobserved(long endOffset) {
        MetadataImage image = MetadataImage.EMPTY;
        while (image.endOffset() < endOffset) {
            image = image.apply(batch(image, fact(image.endOffset())));
        }
        return image;
    }

    private MetadataImage observed(MetadataImage image, MetadataFact fact) {
        MetadataDelta delta = MetadataDelta.of(image, batch(image, fact));
        watch.observe(delta);
        return delta.to();
    }

    private static MetadataFact fact(long offset) {
        return new ConfigChanged(ConfigResourceType.TOPIC, "orders", "key", String.valueOf(offset));
    }

    private static FactBatch batch(MetadataImage image, MetadataFact fact) {
        return new FactBatch(1, image.endOffset(), 0, "test", "test", List.of(fact));
    }
}
