/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class NodeThreadsTest {
    @Test
    void aTaskThatWantsToGoOnWhileTheNodeStopsIsNoFault() throws Exception {
        assertThat(faultsOf(true)).isEmpty();
        assertThat(faultsOf(false)).singleElement().isInstanceOf(IllegalStateException.class);
    }

    /** Of a task that is at work when its node stops: it plans the next one, or fails. */
    private static List<Throwable> faultsOf(boolean plans) throws Exception {
        List<Throwable> faults = new CopyOnWriteArrayList<>();
        NodeThreads threads = new NodeThreads(1, 1, 1, faults::add);
        CountDownLatch atWork = new CountDownLatch(1);
        threads.control.execute(() -> {
            atWork.countDown();
            while (!threads.control.isShutdown()) {
                Thread.onSpinWait();
            }
            if (!plans) {
                throw new IllegalStateException("a fault");
            }
            threads.control.execute(() -> {});
        });
        assertThat(atWork.await(10, TimeUnit.SECONDS)).isTrue();
        threads.close();
        return faults;
    }
}
