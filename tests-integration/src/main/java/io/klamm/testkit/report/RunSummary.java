/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.report;

import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Poll;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.judge.Violation;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A run in figures that can be summed over runs.
 *
 * @param version of this format
 * @param scenario which clients on which ground
 * @param polls polls that returned records
 * @param faults by act and kind, as in {@link Fault#name}
 * @param violations number of them by anomaly
 * @param endedBy what ended it before its time, null when it came to its end
 * @param replay what else is needed to play it again; null in lines of programs that did not tell
 */
public record RunSummary(
        int version,
        long seed,
        String scenario,
        double minutes,
        Operations operations,
        long polls,
        Map<String, Harm> faults,
        Map<String, Integer> violations,
        @Nullable String endedBy,
        @Nullable Replay replay) {
    /** What {@link #version} is now. */
    public static final int VERSION = 1;

    /**
     * With seed and scenario, all that the schedule is made of.
     *
     * @param plays acts to choose from; empty for all
     * @param faultSeconds for how long acts begin
     */
    public record Replay(List<String> plays, long faultSeconds) {}

    /** @param acknowledged those of the sends whose outcome is good */
    public record Operations(long sends, long acknowledged) {}

    /**
     * What faults of one kind did.
     *
     * @param longestPauseMillis for how long no send to some partition was acknowledged; 0 when it was less than half a second
     */
    public record Harm(int times, long longestPauseMillis) {
        Harm and(Harm other) {
            return new Harm(times + other.times, Math.max(longestPauseMillis, other.longestPauseMillis));
        }
    }

    public static RunSummary of(
            long seed, String scenario, History history, List<Violation> violations, @Nullable String endedBy) {
        return of(seed, scenario, null, history, violations, endedBy);
    }

    /** The same with what is needed to play it again. */
    public static RunSummary of(
            long seed,
            String scenario,
            @Nullable Replay replay,
            History history,
            List<Violation> violations,
            @Nullable String endedBy) {
        TimeLine line = new TimeLine(history);
        Map<String, Harm> faults = new TreeMap<>();
        for (Fault fault : history.of(Fault.class)) {
            long pauseMillis = TimeUnit.NANOSECONDS.toMillis(line.longestPause(fault));
            faults.merge(fault.name(), new Harm(1, pauseMillis), Harm::and);
        }
        Map<String, Integer> anomalies = new TreeMap<>();
        violations.forEach(violation -> anomalies.merge(violation.anomaly().name(), 1, Integer::sum));
        List<Send> sends = history.of(Send.class);
        return new RunSummary(
                VERSION,
                seed,
                scenario,
                Math.round(line.endNanos() / 1e9 / 60 * 100) / 100.0,
                new Operations(
                        sends.size(), sends.stream().filter(Send::acknowledged).count()),
                history.of(Poll.class).size(),
                faults,
                anomalies,
                endedBy,
                replay);
    }

    /** Settings that play it again; empty when they were not told. */
    public String settings() {
        if (replay == null) {
            return "";
        }
        String plays = replay.plays().isEmpty() ? "" : " -Dchaos.plays=" + String.join(",", replay.plays());
        return "-Dchaos.seed=" + seed + " -Dchaos.scenarios=" + scenario + " -Dchaos.fault.seconds="
                + replay.faultSeconds() + plays;
    }

    /** Nothing was broken, and it came to its end. */
    public boolean good() {
        return violations.isEmpty() && endedBy == null;
    }
}
