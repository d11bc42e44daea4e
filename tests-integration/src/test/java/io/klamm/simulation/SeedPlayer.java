/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Plays a range of seeds on several threads, says from time to time how far it is, and stops at the first that fails. */
final class SeedPlayer {
    private static final long PROGRESS_NANOS = 10_000_000_000L;

    private final long first;
    private final long count;
    private final int threads;
    private final AtomicLong next = new AtomicLong();
    private final AtomicReference<@Nullable AssertionError> failure = new AtomicReference<>();
    private final Totals totals = new Totals();
    private final long startNanos = System.nanoTime();
    private long toldNanos = startNanos;

    SeedPlayer(long first, long count, int threads) {
        this.first = first;
        this.count = count;
        this.threads = threads;
    }

    /** @throws AssertionError that names the seed and the command that plays it again */
    Totals play() throws InterruptedException {
        List<Thread> players = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Thread player = new Thread(this::playOn, "player-" + i);
            player.start();
            players.add(player);
        }
        for (Thread player : players) {
            player.join();
        }
        AssertionError failed = failure.get();
        if (failed != null) {
            throw failed;
        }
        return totals;
    }

    private void playOn() {
        for (long i = next.getAndIncrement(); i < count && failure.get() == null; i = next.getAndIncrement()) {
            try {
                played(play(first + i));
            } catch (AssertionError e) {
                failure.compareAndSet(null, e);
            }
        }
    }

    /** @throws AssertionError that names the seed and the command that plays it again */
    static SimulationRun.Result play(long seed) {
        try {
            return new SimulationRun(seed).play();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "seed " + seed + " " + e.getMessage()
                            + "\nplay it again: mvn -Psimulation -pl tests-integration -am test -Dseeds.first=" + seed
                            + " -Dseeds.count=1",
                    e);
        }
    }

    private synchronized void played(SimulationRun.Result result) {
        totals.add(result);
        long now = System.nanoTime();
        if (now - toldNanos >= PROGRESS_NANOS) {
            toldNanos = now;
            System.out.printf(
                    "%d of %d seeds, %.1f a second%n",
                    totals.seeds(), count, totals.seeds() * 1e9 / (now - startNanos));
        }
    }
}
