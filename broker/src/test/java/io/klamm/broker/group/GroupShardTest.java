/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.CoordinatorLoadInProgressException;
import org.apache.kafka.common.errors.NotCoordinatorException;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** The life of a shard from its begin on, with a disk and a timer that do nothing by themselves. */
class GroupShardTest {
    private final Deque<Runnable> disk = new ArrayDeque<>();
    private final List<Runnable> timers = new ArrayList<>();
    private final AtomicInteger failures = new AtomicInteger();
    private final EmptyLog log = new EmptyLog();
    private final GroupShard shard = new GroupShard(
            7,
            3,
            log,
            VirtualShard.CONFIG,
            new GroupRuntime(
                    Runnable::run,
                    disk::add,
                    (delayNanos, task) -> {
                        timers.add(task);
                        return () -> timers.remove(task);
                    },
                    Clock.systemUTC(),
                    System::nanoTime,
                    Uuid::randomUuid),
            VirtualTopics::new,
            failures::incrementAndGet);

    private static final class EmptyLog implements ShardLog {
        private boolean damaged;

        @Override
        public Errors append(List<GroupRecord> records, long nowMs) {
            return Errors.NONE;
        }

        @Override
        public long endOffset() {
            return 0;
        }

        @Override
        public long highWatermark() {
            return 0;
        }

        @Override
        public Runnable awaitCommitted(long endOffset, Runnable wake) {
            wake.run();
            return () -> {};
        }

        @Override
        public void readAll(Consumer<GroupRecord> each) throws IOException {
            if (damaged) {
                throw new IOException("the disk is broken");
            }
        }
    }

    private CompletableFuture<Integer> ask() {
        return shard.ask((state, reply) ->
                state.ports().reply(reply, state.groups().all().size()));
    }

    private void passTime() {
        List.copyOf(timers).forEach(Runnable::run);
    }

    @Test
    void whatIsAskedWhileTheLogIsReadIsAnsweredWhenItHasBeenRead() {
        shard.start();
        CompletableFuture<Integer> answer = ask();
        assertThat(answer).isNotDone();
        disk.remove().run();
        assertThat(answer).isCompletedWithValue(0);
        assertThat(ask()).isCompletedWithValue(0);
        passTime();
        assertThat(ask()).as("nobody is refused any more").isCompletedWithValue(0);
    }

    @Test
    void whenReadingTakesLongClientsAreToldSo() {
        shard.start();
        CompletableFuture<Integer> answer = ask();
        passTime();
        assertThatThrownBy(answer::join).hasCauseInstanceOf(CoordinatorLoadInProgressException.class);
        assertThatThrownBy(() -> ask().join()).hasCauseInstanceOf(CoordinatorLoadInProgressException.class);
        disk.remove().run();
        assertThat(ask()).isCompletedWithValue(0);
    }

    @Test
    void theEndOfTheLeadershipAnswersEverybody() {
        shard.start();
        CompletableFuture<Integer> answer = ask();
        shard.close();
        assertThatThrownBy(answer::join).hasCauseInstanceOf(NotCoordinatorException.class);
        disk.remove().run();
        passTime();
        assertThatThrownBy(() -> ask().join()).hasCauseInstanceOf(NotCoordinatorException.class);
        assertThat(failures).hasValue(0);
    }

    @Test
    void aLogThatCannotBeReadIsReportedOnce() {
        log.damaged = true;
        shard.start();
        CompletableFuture<Integer> answer = ask();
        disk.remove().run();
        assertThat(failures).hasValue(1);
        passTime();
        assertThatThrownBy(answer::join).hasCauseInstanceOf(CoordinatorLoadInProgressException.class);
    }
}
