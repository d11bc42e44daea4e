/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.node;

import java.util.concurrent.CountDownLatch;

/**
 * SIGTERM and SIGINT as a clean stop with an exit code of our own. The JVM runs shutdown hooks at a signal and would then die
 * with 128 plus the signal's number; this hook has the stop done by the command's own thread and halts with its code.
 */
final class StopSignal {
    private final Runnable onSignal;
    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile int exitCode;

    /** @param onSignal called once, on the JVM's shutdown thread; must only pass the word on */
    StopSignal(Runnable onSignal) {
        this.onSignal = onSignal;
    }

    void install() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::onShutdown, "klamm-stop"));
    }

    /** The command has come to its end, by itself or after the signal. Always to be called. */
    void finished(int code) {
        exitCode = code;
        finished.countDown();
    }

    private void onShutdown() {
        if (finished.getCount() == 0) {
            // No signal: System.exit of a command that is done, and it has the code.
            return;
        }
        onSignal.run();
        try {
            finished.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(exitCode);
    }
}
