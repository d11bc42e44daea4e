/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ImagePublisherTest {
    private static final int BATCHES = 200;

    private final CompletableFuture<Throwable> fatal = new CompletableFuture<>();
    private final ImagePublisher publisher = new ImagePublisher("metadata", fatal::complete);
    private final RandomFacts facts = new RandomFacts(5);

    @Test
    void subscribersSeeAnUnbrokenChainHoweverSlowTheyAre() throws Exception {
        List<MetadataDelta> early = new CopyOnWriteArrayList<>();
        List<MetadataDelta> late = new CopyOnWriteArrayList<>();
        CountDownLatch hold = new CountDownLatch(1);
        publisher.subscribe(delta -> {
            early.add(delta);
            await(hold);
        });
        for (int i = 0; i < BATCHES; i++) {
            publishNext();
            if (i == BATCHES / 2) {
                publisher.subscribe(late::add);
            }
        }
        assertThat(publisher.published()).isSameAs(MetadataImage.EMPTY);
        hold.countDown();
        long end = publisher.current().endOffset();
        MetadataImage published = publisher.awaitPublished(end).get();
        assertThat(published).isSameAs(publisher.current()).isSameAs(publisher.published());
        assertChain(early, published);
        assertChain(late, published);
        assertThat(early.size()).as("waiting deltas are merged").isLessThan(BATCHES / 2);
        publisher.close();
        assertThat(fatal).isNotDone();
    }

    @Test
    void aSubscriberThatComesLateStartsFromNothing() throws Exception {
        for (int i = 0; i < 5; i++) {
            publishNext();
        }
        publisher.awaitPublished(publisher.current().endOffset()).get();
        CompletableFuture<MetadataDelta> first = new CompletableFuture<>();
        publisher.subscribe(first::complete);
        assertThat(first.get().from()).isSameAs(MetadataImage.EMPTY);
        assertThat(first.get().to()).isSameAs(publisher.current());
        publisher.close();
    }

    @Test
    void currentRunsAheadOfPublished() throws Exception {
        CountDownLatch hold = new CountDownLatch(1);
        publisher.subscribe(delta -> await(hold));
        publishNext();
        long end = publisher.current().endOffset();
        assertThat(publisher.awaitCurrent(end)).isCompletedWithValue(publisher.current());
        CompletableFuture<MetadataImage> published = publisher.awaitPublished(end);
        CompletableFuture<MetadataImage> next = publisher.awaitCurrent(end + 1);
        assertThat(published).isNotDone();
        assertThat(next).isNotDone();
        publishNext();
        assertThat(next).isDone();
        hold.countDown();
        assertThat(published.get().endOffset()).isGreaterThanOrEqualTo(end);
        publisher.close();
    }

    @Test
    void closeFailsWhoeverWaits() {
        CompletableFuture<MetadataImage> current = publisher.awaitCurrent(5);
        CompletableFuture<MetadataImage> published = publisher.awaitPublished(5);
        publisher.close();
        publisher.close();
        for (CompletableFuture<MetadataImage> future :
                List.of(current, published, publisher.awaitCurrent(5), publisher.awaitPublished(5))) {
            assertThat(future).isCompletedExceptionally();
        }
        publishNext();
        assertThat(publisher.current()).isSameAs(MetadataImage.EMPTY);
    }

    @Test
    void aSubscriberThatThrowsIsFatal() throws Exception {
        publisher.subscribe(delta -> {
            throw new IllegalStateException("cannot open a log");
        });
        CompletableFuture<MetadataImage> published = publisher.awaitPublished(1);
        publishNext();
        assertThat(fatal.get()).hasMessage("cannot open a log");
        assertThatThrownBy(published::get).isInstanceOf(ExecutionException.class);
    }

    @Test
    void aGapIsRefused() {
        MetadataImage ahead = MetadataImage.EMPTY.apply(facts.batch(MetadataImage.EMPTY));
        assertThatThrownBy(() -> publisher.publish(MetadataDelta.of(ahead, facts.batch(ahead))))
                .isInstanceOf(IllegalStateException.class);
        publisher.close();
    }

    private void publishNext() {
        MetadataImage image = publisher.current();
        publisher.publish(MetadataDelta.of(image, facts.batch(image)));
    }

    private static void assertChain(List<MetadataDelta> deltas, MetadataImage end) {
        MetadataImage at = MetadataImage.EMPTY;
        for (MetadataDelta delta : deltas) {
            assertThat(delta.from()).isSameAs(at);
            at = delta.to();
        }
        assertThat(at).isSameAs(end);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
