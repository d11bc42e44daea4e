/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import io.klamm.testkit.history.Commit;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Poll;
import io.klamm.testkit.history.Send;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** How ordinary clients fared beside hostile ones: nobody may have been starved. Pure. */
final class ServiceRules {
    /**
     * Longest that a send, or the next thing of a client that does something all the time, may take. It is what a client waits for an answer
     * (request.timeout.ms): whoever waits longer gives up, asks again and makes it worse. The machine of a build can be as slow as that
     * without hostile clients for some seconds, not for so long.
     */
    static final Duration LONGEST = Duration.ofSeconds(30);

    /** The same for a group: a member that vanished must be missed first, and the others agree anew, perhaps more than once. */
    static final Duration LONGEST_OF_GROUPS = LONGEST.multipliedBy(2);

    private ServiceRules() {}

    /**
     * @param history of a run in which no node was harmed otherwise
     * @param fromNanos when hostile clients came
     * @param toNanos when they went
     */
    static void judge(History history, long fromNanos, long toNanos, Verdict verdict) {
        sends(history.of(Send.class), verdict);
        Map<String, List<Long>> acknowledged = new TreeMap<>();
        for (Send send : history.of(Send.class)) {
            add(acknowledged, "acknowledgements of " + send.partition(), send, send.acknowledged());
        }
        Map<String, List<Long>> read = new TreeMap<>();
        for (Poll poll : history.of(Poll.class)) {
            add(read, "records read from " + poll.partition().topic(), poll, true);
        }
        Map<String, List<Long>> committed = new TreeMap<>();
        for (Commit commit : history.of(Commit.class)) {
            add(committed, "commits of " + commit.group(), commit, commit.outcome() == Outcome.OK);
        }
        silences(acknowledged, fromNanos, toNanos, LONGEST, verdict);
        silences(read, fromNanos, toNanos, LONGEST_OF_GROUPS, verdict);
        silences(committed, fromNanos, toNanos, LONGEST_OF_GROUPS, verdict);
    }

    private static void add(Map<String, List<Long>> times, String what, Event event, boolean done) {
        List<Long> of = times.computeIfAbsent(what, unused -> new ArrayList<>());
        if (done) {
            of.add(event.span().completedNanos());
        }
    }

    private static void sends(List<Send> sends, Verdict verdict) {
        long starved = sends.stream().filter(send -> !send.acknowledged()).count();
        if (starved > 0) {
            verdict.found(starved + " sends were never acknowledged, for example "
                    + sends.stream()
                            .filter(send -> !send.acknowledged())
                            .findFirst()
                            .orElseThrow());
        }
        long[] millis = sends.stream()
                .filter(Send::acknowledged)
                .mapToLong(send ->
                        millis(send.span().completedNanos() - send.span().invokedNanos()))
                .sorted()
                .toArray();
        if (millis.length == 0) {
            verdict.found("no send was acknowledged");
            return;
        }
        long slowest = millis[millis.length - 1];
        verdict.measured(millis.length + " sends acknowledged: median " + millis[millis.length / 2]
                + " ms, 99 % within " + millis[(int) (millis.length * 0.99)] + " ms, the slowest " + slowest + " ms");
        if (slowest > LONGEST.toMillis()) {
            verdict.found("a send was acknowledged after " + slowest + " ms");
        }
    }

    private static void silences(
            Map<String, List<Long>> times, long fromNanos, long toNanos, Duration longest, Verdict verdict) {
        long most = 0;
        String where = "";
        for (Map.Entry<String, List<Long>> entry : times.entrySet()) {
            long silence = longestSilence(entry.getValue(), fromNanos, toNanos);
            if (silence > longest.toNanos()) {
                verdict.found("no " + entry.getKey() + " for " + millis(silence) + " ms");
            }
            if (silence > most) {
                most = silence;
                where = entry.getKey();
            }
        }
        verdict.measured("the longest time without " + where + ": " + millis(most) + " ms");
    }

    /** Within the given time, its ends included. */
    private static long longestSilence(List<Long> times, long fromNanos, long toNanos) {
        long longest = 0;
        long last = fromNanos;
        for (long time : times.stream().sorted().toList()) {
            if (time >= fromNanos && time <= toNanos) {
                longest = Math.max(longest, time - last);
                last = time;
            }
        }
        return Math.max(longest, toNanos - last);
    }

    private static long millis(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos);
    }
}
