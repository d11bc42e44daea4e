/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.LogLine;
import io.klamm.testkit.history.NodeEnd;
import io.klamm.testkit.history.Span;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/** A node that is told to stop ends with 0; in its log stand no errors but those that the faults of the run explain. */
final class NodeRules {
    /**
     * An error that may be in a log.
     *
     * @param kinds of faults, one of which must have hit the node then; none: it may always be there
     * @param why it says nothing about the node
     */
    private record Expected(Pattern text, List<String> kinds, String why) {
        static Expected of(String text, String why, String... kinds) {
            return new Expected(Pattern.compile(text), List.of(kinds), why);
        }
    }

    /** Not the loss of power: the node is dead before its disk is. */
    private static final String[] DISK = {"DISK_ERRORS", "METADATA_DISK_ERRORS", "FILL_DISK", "FILL_METADATA_DISK"};

    /** A log dir that failed is found whole again, and what waited for it is given up, so long after the fault is over. */
    private static final long AFTER_NANOS = Duration.ofSeconds(10).toNanos();

    /** Entries have wall-clock times in milliseconds, turned into those of the run. */
    private static final long UNSHARP_NANOS = Duration.ofSeconds(1).toNanos();

    private static final List<Expected> EXPECTED = List.of(
            Expected.of(
                    "RaftServer\\$Division: .*Failed appendEntries",
                    "Ratis: a request of the quorum's leader reaches a node that is starting or stopping; the leader repeats it"),
            Expected.of(
                    "its groups cannot be loaded: .*does not lead the partition in epoch",
                    "the partition got another leader while its groups were being loaded; that one loads them"),
            Expected.of(
                    "its groups cannot be loaded: .*the log is offline",
                    "the disk that the log is on has failed, or has no room for it",
                    "DISK_ERRORS",
                    "FILL_DISK"),
            Expected.of(
                    "Failed to submit a listener notification task. Event loop shut down",
                    "Netty: a connection ends when its node has ended already"),
            Expected.of(
                    "(is|goes|are) offline|cannot be used",
                    "the log dir is on a disk that answers with errors or is full",
                    DISK),
            Expected.of("Input/output error|No space left on device|Read-only file system", "so the disk says", DISK),
            Expected.of(
                    "The node stops on a fault: (all log dirs are offline|the metadata log cannot be written)|Failed to flush|Failed to write log entry",
                    "a node without a disk that it can write to must end, and says so",
                    DISK));

    private NodeRules() {}

    static void judge(History history, Findings findings) {
        for (NodeEnd end : history.of(NodeEnd.class)) {
            if (end.exitCode() != 0) {
                findings.add(
                        Anomaly.NODE_FAILED,
                        end.process(),
                        "it was told to stop and ended with code " + end.exitCode(),
                        end);
            }
        }
        for (LogLine line : history.of(LogLine.class)) {
            boolean expected = EXPECTED.stream()
                    .anyMatch(each -> each.text.matcher(line.text()).find()
                            && (each.kinds.isEmpty() || explained(line, each.kinds, history)));
            if (!expected) {
                findings.add(
                        Anomaly.NODE_FAILED, line.process(), line.times() + " times in its log: " + line.text(), line);
            }
        }
    }

    /** Whether one of these faults had hit the node when the first entry was written, and when the last one was. */
    private static boolean explained(LogLine line, List<String> kinds, History history) {
        List<Fault> faults = history.of(Fault.class).stream()
                .filter(fault -> kinds.contains(fault.kind())
                        && fault.nodes().stream()
                                .anyMatch(node -> line.process().equals("node-" + node)))
                .toList();
        // One whose time nobody knows has the whole run.
        return line.span().invokedNanos() == 0
                ? !faults.isEmpty()
                : faults.stream().anyMatch(fault -> during(line.span().invokedNanos(), fault))
                        && faults.stream().anyMatch(fault -> during(line.span().completedNanos(), fault));
    }

    private static boolean during(long nanos, Fault fault) {
        return nanos >= fault.span().invokedNanos() - UNSHARP_NANOS
                && (fault.span().completedNanos() == Span.NEVER
                        || nanos <= fault.span().completedNanos() + AFTER_NANOS);
    }
}
