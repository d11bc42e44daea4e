/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.chaos;

import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.HistoryFile;
import io.klamm.testkit.judge.HistoryJudge;
import io.klamm.testkit.judge.Violation;
import io.klamm.testkit.report.RunSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One run of one seed: whatever it fails of, also before it has begun and when its ground is closed, there is a summary of it. Of one in which
 * all promises held the page and the compressed history stay, of any other one everything.
 */
final class SeededRun {
    private static final int MOST_PRINTED = 10;

    private final Stage stage;
    private final long seed;
    private @Nullable Path directory;
    private @Nullable History history;
    private List<Violation> violations = List.of();
    private @Nullable Throwable endedBy;

    /** Where it is played. */
    interface Stage {
        /** Name of the scenario. */
        String name();

        /** Lays the ground; starts nothing. */
        Ground ground(long seed) throws Exception;

        /** @throws AssertionError when it did not come to its end; its cause tells why */
        ChaosRun.Result play(Ground ground, long seed) throws Exception;
    }

    SeededRun(Stage stage, long seed) {
        this.stage = stage;
        this.seed = seed;
    }

    /** Plays it; called once. */
    RunSummary play(RunSummary.Replay replay) {
        try {
            perform();
        } catch (Exception | Error e) {
            fail(e);
        }
        RunSummary made;
        try {
            made = summary(replay);
        } catch (OutOfMemoryError e) {
            fail(e);
            history = null;
            violations = List.of();
            made = summary(replay);
        }
        if (made.good()) {
            try {
                KeptFiles.ofGoodRun(directory());
            } catch (IOException e) {
                fail(e);
                made = summary(replay);
            }
        }
        return made;
    }

    private void perform() throws Exception {
        try (Ground ground = stage.ground(seed)) {
            directory = ground.directory();
            System.out.println(
                    "seed " + seed + ", " + stage.name() + ": " + directory().resolve(ChaosRun.REPORT));
            try {
                ChaosRun.Result result = stage.play(ground, seed);
                history = result.history();
                violations = result.violations();
            } catch (AssertionError e) {
                fail(e.getCause() == null ? e : e.getCause());
                System.out.println(e.getMessage());
                judgeWhatIsThere();
            }
        }
    }

    /** What it has left until it failed. */
    private void judgeWhatIsThere() throws IOException {
        Path file = directory().resolve(ChaosRun.HISTORY);
        if (Files.exists(file) && !isOutOfMemory()) {
            History until = HistoryFile.read(file);
            violations = HistoryJudge.judgeUnfinished(until);
            history = until;
        }
    }

    private Path directory() {
        if (directory == null) {
            throw new IllegalStateException("nothing was laid");
        }
        return directory;
    }

    private void fail(Throwable cause) {
        if (endedBy == null) {
            endedBy = cause;
        } else if (endedBy != cause) {
            endedBy.addSuppressed(cause);
        }
        System.out.println("seed " + seed + ", " + stage.name() + ", has failed: " + cause);
    }

    private RunSummary summary(RunSummary.Replay replay) {
        violations.stream().limit(MOST_PRINTED).forEach(System.out::println);
        if (violations.size() > MOST_PRINTED) {
            System.out.println("and " + (violations.size() - MOST_PRINTED) + " more violations");
        }
        return RunSummary.of(
                seed,
                stage.name(),
                replay,
                history == null ? new History(List.of()) : history,
                violations,
                endedBy == null ? null : endedBy.toString());
    }

    /** Whether there was a ground to play on. */
    boolean hasBegun() {
        return directory != null;
    }

    /** Whether this process has not enough memory for such runs. */
    boolean isOutOfMemory() {
        for (Throwable cause = endedBy; cause != null; cause = cause.getCause()) {
            if (cause instanceof OutOfMemoryError) {
                return true;
            }
        }
        return false;
    }
}
