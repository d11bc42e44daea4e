/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MetadataHoldTest {
    private final TestImages images = new TestImages().broker(1).broker(2).broker(3);
    private final TopicImage orders = images.topic("orders", 1, 1, 2, 3);
    private final Set<Integer> lost = new HashSet<>();
    private final List<CompletableFuture<MetadataImage>> waiting = new ArrayList<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private long nowNanos = 1;
    /** How often it was asked whether a node is lost. */
    private int asked;

    private record Timer(long atNanos, Runnable task) implements Comparable<Timer> {
        @Override
        public int compareTo(Timer other) {
            return Long.compare(atNanos, other.atNanos);
        }
    }

    private final MetadataHold hold = new MetadataHold(
            images,
            endOffset -> {
                CompletableFuture<MetadataImage> next = new CompletableFuture<>();
                waiting.add(next);
                return next;
            },
            node -> {
                asked++;
                return lost.contains(node);
            },
            (delayNanos, task) -> {
                Timer timer = new Timer(nowNanos + delayNanos, task);
                timers.add(timer);
                return () -> timers.remove(timer);
            },
            () -> nowNanos);

    @Test
    void whileTheLeaderAnswersNothingIsHeld() {
        lost.add(2);
        assertThat(ask("orders")).isCompleted();
        assertThat(ask("unknown")).isCompleted();
    }

    @Test
    void theAnswerComesWithTheImageThatHasTheNewLeader() {
        lost.add(1);
        CompletableFuture<MetadataImage> answer = ask("orders");
        assertThat(answer).isNotDone();
        images.leader(orders, 0, 2, 6);
        published();
        assertThat(answer).isCompleted();
        assertThat(leader(answer)).isEqualTo(2);
    }

    @Test
    void whoAsksForTheLeadersOfPartitionsIsHeldInTheSameWay() {
        PartitionId home = new PartitionId(orders.id(), 0);
        assertThat(hold.untilLed(List.of(home))).isCompleted();
        lost.add(1);
        assertThat(hold.untilLed(List.of())).isCompleted();
        assertThat(hold.untilLed(List.of(new PartitionId(orders.id(), 7))))
                .as("there is no such partition")
                .isCompleted();
        CompletableFuture<MetadataImage> answer = hold.untilLed(List.of(home));
        assertThat(answer).isNotDone();
        images.leader(orders, 0, 2, 6);
        published();
        assertThat(leader(answer)).isEqualTo(2);
    }

    @Test
    void anImageWithoutNewsOfThePartitionReleasesNobody() {
        lost.add(1);
        CompletableFuture<MetadataImage> answer = ask("orders");
        images.topic("others", 1, 2);
        published();
        assertThat(answer).isNotDone();
    }

    @Test
    void aPartitionWithoutLeaderIsWaitedForToo() {
        images.leader(orders, 0, PartitionState.NO_LEADER, 6);
        CompletableFuture<MetadataImage> answer = ask("orders");
        assertThat(answer).isNotDone();
        images.leader(orders, 0, 3, 7);
        published();
        assertThat(leader(answer)).isEqualTo(3);
    }

    @Test
    void aLeaderThatAnswersAgainEndsTheWaiting() {
        lost.add(1);
        CompletableFuture<MetadataImage> answer = ask("orders");
        hold.leaderFound();
        assertThat(answer).as("it was another one").isNotDone();
        lost.clear();
        hold.leaderFound();
        assertThat(answer).isCompleted();
        assertThat(timers).as("nothing is left of the waiting").isEmpty();
        assertThat(waiting).allMatch(CompletableFuture::isDone);
    }

    @Test
    void looksOnlyAtWhatIsMissingAndOnlyWhenSomethingHasHappened() {
        TopicImage wide = images.topic("wide", 100, 2, 3);
        images.leader(wide, 7, 1, 6);
        lost.add(1);
        CompletableFuture<MetadataImage> answer = ask("wide");
        asked = 0;
        advance(MetadataHold.HOLD_MS - 1);
        assertThat(asked).isZero();
        images.topic("others", 1, 2);
        published();
        assertThat(asked).isEqualTo(1);
        assertThat(answer).isNotDone();
        images.leader(wide, 7, 2, 7);
        published();
        assertThat(answer).isCompleted();
    }

    @Test
    void theWaitingIsBounded() {
        lost.add(1);
        CompletableFuture<MetadataImage> answer = ask("orders");
        advance(MetadataHold.HOLD_MS - 1);
        assertThat(answer).isNotDone();
        advance(100);
        assertThat(answer).isCompleted();
        assertThat(leader(answer)).isEqualTo(1);
    }

    @Test
    void aLeaderThatStaysLostCostsNothingAfterAWhile() {
        lost.add(1);
        assertThat(ask("orders")).isNotDone();
        advance(MetadataHold.EPISODE_MS);
        assertThat(ask("orders")).isCompleted();
        images.leader(orders, 0, 2, 6);
        lost.add(2);
        assertThat(ask("orders")).as("the next leader is another matter").isNotDone();
    }

    @Test
    void whoAsksForAllTopicsIsNotHeld() {
        lost.add(1);
        assertThat(hold.apply(new MetadataRequestData().setTopics(null))).isCompleted();
    }

    @Test
    void whenTheNodeStopsEverybodyIsAnswered() {
        lost.add(1);
        CompletableFuture<MetadataImage> closing = ask("orders");
        CompletableFuture<MetadataImage> failing = ask("orders");
        waiting.get(1).completeExceptionally(new IllegalStateException("closed"));
        assertThat(failing).isCompleted();
        hold.close();
        assertThat(closing).isCompleted();
        assertThat(ask("orders")).isCompleted();
    }

    private CompletableFuture<MetadataImage> ask(String topic) {
        return hold.apply(new MetadataRequestData().setTopics(List.of(new MetadataRequestTopic().setName(topic))));
    }

    private static @Nullable Integer leader(CompletableFuture<MetadataImage> answer) {
        TopicImage topic = answer.join().topic("orders");
        return topic == null ? null : topic.partitions().get(0).leader();
    }

    private void published() {
        List<CompletableFuture<MetadataImage>> due = List.copyOf(waiting);
        waiting.clear();
        due.forEach(next -> next.complete(images.get()));
    }

    private void advance(long ms) {
        long end = nowNanos + TimeUnit.MILLISECONDS.toNanos(ms);
        while (!timers.isEmpty() && timers.peek().atNanos <= end) {
            Timer due = timers.remove();
            nowNanos = due.atNanos;
            due.task.run();
        }
        nowNanos = end;
    }
}
