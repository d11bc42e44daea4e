/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class WorkerThreadTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Test
    void whatFailsIsKeptAndThrownWithItsCause() {
        IOException cause = new IOException("no such thing");
        WorkerThread thread = new WorkerThread("watch", () -> {
                    throw cause;
                })
                .start();
        assertThatThrownBy(() -> thread.end(PATIENCE))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("watch failed: ")
                .hasCause(cause);
        assertThatThrownBy(thread::check).hasCause(cause);
    }

    @Test
    void anErrorIsNoLessAFailure() {
        WorkerThread thread = new WorkerThread("watch", () -> {
                    throw new AssertionError("not seen");
                })
                .start();
        thread.join(PATIENCE);
        assertThatThrownBy(thread::check).hasMessageContaining("not seen");
    }

    @Test
    void oneThatDoesNotEndInTimeIsAFailureAndOneThatWasNeverStartedIsNone() {
        CountDownLatch over = new CountDownLatch(1);
        WorkerThread thread = new WorkerThread("slow", over::await).start();
        assertThatThrownBy(() -> thread.end(Duration.ofMillis(1))).hasMessageContaining("slow did not end");
        over.countDown();
        thread.end(PATIENCE);
        assertThatCode(() -> new WorkerThread("never", () -> {}).end(PATIENCE)).doesNotThrowAnyException();
    }
}
