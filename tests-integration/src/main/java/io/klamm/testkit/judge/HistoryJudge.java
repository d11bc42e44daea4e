/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Send;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Judges a history: what was promised must hold, whatever the faults. */
public final class HistoryJudge {
    private HistoryJudge() {}

    /** @return what was broken; empty when the history is as promised */
    public static List<Violation> judge(History history) {
        Findings findings = new Findings(history);
        Sightings sightings = new Sightings(history);
        WriteRules.judge(history, sightings, findings);
        OrderRules.judge(history, sightings, findings);
        ReadRules.judge(history, sightings, findings);
        RegisterRules.judge(history, sightings, findings);
        CompactedReadRules.judge(history, sightings, findings);
        GroupRules.judge(history, sightings, findings);
        TopicRules.judge(history, findings);
        MoveRules.judge(history, findings);
        RetentionRules.judge(history, findings);
        PartitionRules.judge(history, findings);
        ReplicaRules.judge(history, findings);
        CompactionRules.atWork(history, findings);
        ErrorRules.judge(history, findings);
        NodeRules.judge(history, findings);
        ProgressRules.judge(history, findings);
        ObservationRules.judge(history, findings);
        return findings.violations();
    }

    /** The same for a run that ended early: that nobody came to read everything is no fault of the nodes. */
    public static List<Violation> judgeUnfinished(History history) {
        return judge(history).stream()
                .filter(violation -> violation.anomaly() != Anomaly.UNREAD)
                .toList();
    }

    /** The same where there are sends, and partitions read whole in the end, only. */
    public static List<Violation> anomalies(Collection<Send> sends, Collection<Contents> contents) {
        List<Event> events = new ArrayList<>(sends);
        events.addAll(contents);
        return judge(new History(events));
    }
}
