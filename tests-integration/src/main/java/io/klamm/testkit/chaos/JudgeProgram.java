/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.chaos;

import io.klamm.testkit.history.History;
import io.klamm.testkit.history.HistoryFile;
import io.klamm.testkit.history.Milestone.Mark;
import io.klamm.testkit.judge.HistoryJudge;
import io.klamm.testkit.judge.Violation;
import io.klamm.testkit.report.HtmlReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Judges a history again that a run has left, prints what was broken, and writes the page anew beside it. The file is the system property
 * chaos.history; of a run in which all promises held it is compressed, history.jsonl.gz.
 */
public final class JudgeProgram {
    private JudgeProgram() {}

    /** Ends with 1 when a promise was broken, or the run did not come to its end. */
    public static void main(String[] arguments) throws IOException {
        String file = System.getProperty("chaos.history", "");
        if (file.isEmpty()) {
            System.err.println("Set the system property chaos.history to the file.");
            System.exit(2);
        }
        Path path = Path.of(file).toAbsolutePath();
        History history = HistoryFile.read(path);
        boolean complete = history.milestone(Mark.COMPLETE) != null;
        List<Violation> violations = judge(history);
        violations.forEach(System.out::println);
        Path page = path.resolveSibling(ChaosRun.REPORT);
        HtmlReport.write(
                page,
                "judged again: " + path,
                history,
                violations,
                List.of(),
                complete ? null : "before everything was looked at");
        System.out.println(history.events().size() + " events, " + violations.size() + " violations"
                + (complete ? "" : "; the run ended early") + "; page " + page);
        System.exit(complete && violations.isEmpty() ? 0 : 1);
    }

    static List<Violation> judge(History history) {
        return history.milestone(Mark.COMPLETE) == null
                ? HistoryJudge.judgeUnfinished(history)
                : HistoryJudge.judge(history);
    }
}
