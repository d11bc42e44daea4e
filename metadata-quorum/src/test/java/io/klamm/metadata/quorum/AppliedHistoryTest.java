/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class AppliedHistoryTest {
    private final AppliedHistory history = new AppliedHistory(4, 100, Runnable::run);

    /** A batch of two facts and ten bytes; its first byte is its base offset. */
    private void append(long baseOffset) {
        ByteBuffer bytes = ByteBuffer.allocate(10);
        bytes.put(0, (byte) baseOffset);
        history.append(baseOffset, baseOffset + 2, bytes);
    }

    @Test
    void readsFromTheBatchThatHoldsTheOffset() {
        append(0);
        append(2);
        append(4);
        assertThat(history.startOffset()).isZero();
        assertThat(history.endOffset()).isEqualTo(6);
        assertThat(history.read(3, 1000)).extracting(bytes -> bytes.get(0)).containsExactly((byte) 2, (byte) 4);
        assertThat(history.read(0, 25)).as("whole batches below the limit").hasSize(2);
        assertThat(history.read(0, 1)).as("at least one").hasSize(1);
        assertThat(history.read(6, 1000)).isEmpty();
        assertThatThrownBy(() -> history.read(7, 1000)).isInstanceOf(IndexOutOfBoundsException.class);
        ByteBuffer first = history.read(0, 1).get(0);
        assertThat(first.isReadOnly()).isTrue();
        first.position(5);
        assertThat(history.read(0, 1).get(0).remaining())
                .as("readers do not disturb each other")
                .isEqualTo(10);
    }

    @Test
    void nothingLeavesThatNoSnapshotCovers() {
        for (long offset = 0; offset < 20; offset += 2) {
            append(offset);
        }
        assertThat(history.startOffset()).isZero();
        assertThat(history.wantsSnapshot()).isTrue();

        SnapshotId snapshot = new SnapshotId(8, 1);
        history.snapshotReached(snapshot);
        assertThat(history.startOffset())
                .as("what the snapshot does not cover stays")
                .isEqualTo(8);
        assertThatThrownBy(() -> history.read(7, 10))
                .isInstanceOfSatisfying(SnapshotNeededException.class, e -> assertThat(e.snapshot())
                        .isEqualTo(snapshot));
        assertThat(history.wantsSnapshot()).isTrue();

        history.snapshotReached(new SnapshotId(20, 1));
        assertThat(history.wantsSnapshot()).isFalse();
        assertThat(history.startOffset()).as("the newest four stay").isEqualTo(12);
        append(20);
        assertThat(history.startOffset()).isEqualTo(14);
    }

    @Test
    void aSnapshotAheadLeavesAGap() {
        append(0);
        history.snapshotReached(new SnapshotId(10, 3));
        assertThat(history.startOffset()).isEqualTo(10);
        assertThat(history.endOffset()).isEqualTo(10);
        assertThat(history.read(10, 10)).isEmpty();
        assertThatThrownBy(() -> history.read(9, 10)).isInstanceOf(SnapshotNeededException.class);
        assertThatThrownBy(() -> history.read(0, 10)).isInstanceOf(SnapshotNeededException.class);
        append(10);
        assertThat(history.read(10, 10)).hasSize(1);
    }

    @Test
    void waitersCompleteWhenTheEndPassesTheirOffset() {
        CompletableFuture<Void> above0 = history.awaitAbove(0);
        CompletableFuture<Void> above2 = history.awaitAbove(2);
        CompletableFuture<Void> cancelled = history.awaitAbove(0);
        cancelled.cancel(false);
        append(0);
        assertThat(above0).isCompleted();
        assertThat(above2).isNotDone();
        assertThat(history.awaitAbove(1)).isCompleted();
        history.snapshotReached(new SnapshotId(9, 1));
        assertThat(above2).as("a snapshot moves the end too").isCompleted();

        CompletableFuture<Void> last = history.awaitAbove(9);
        history.close();
        assertThat(last).isCompletedExceptionally();
        assertThat(history.awaitAbove(9)).isCompletedExceptionally();
    }
}
