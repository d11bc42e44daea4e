/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import static io.klamm.testkit.judge.CleanRun.PLAIN;
import static io.klamm.testkit.judge.CleanRun.RECORDS;
import static io.klamm.testkit.judge.CleanRun.record;
import static io.klamm.testkit.judge.CleanRun.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.history.Commit;
import io.klamm.testkit.history.CommittedOffset;
import io.klamm.testkit.history.MemberFate;
import io.klamm.testkit.history.MemberFate.Fate;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Ownership;
import io.klamm.testkit.history.Poll;
import io.klamm.testkit.history.ReadRecord;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What former owners do, where new ones begin, and whether any member ever went. */
class GroupRulesTest {
    private final CleanRun run = new CleanRun();

    private static List<ReadRecord> from(int first) {
        List<ReadRecord> records = new ArrayList<>();
        for (int i = first; i < RECORDS; i++) {
            records.add(record(PLAIN, i, i));
        }
        return records;
    }

    /** One poll reads all that was read before, so that the next commit hides it. */
    @Test
    void aSessionThatBeginsBelowACommitIsFoundThoughItCatchesUpAtOnce() {
        run.add(new Poll(seconds(13, 14), "member-1", 1, PLAIN, RECORDS - 1, from(RECORDS - 1)));
        assertThat(anomalies()).containsExactly(Anomaly.COMMIT_WENT_BACK);
    }

    @Test
    void aSessionMayBeginBelowACommitThatEndsLater() {
        run.add(new Poll(seconds(11, 12), "member-1", 1, PLAIN, RECORDS - 1, from(RECORDS - 1)));
        assertThat(anomalies()).isEmpty();
    }

    @Test
    void whatAMemberIsToldWhenItBeginsMayNotBeBelowACommit() {
        run.add(new CommittedOffset(seconds(13, 14), "member-1", "group", PLAIN, RECORDS));
        assertThat(anomalies()).isEmpty();
        run.add(new CommittedOffset(seconds(13, 14), "member-1", "group", PLAIN, RECORDS - 1));
        assertThat(anomalies()).containsExactly(Anomaly.COMMIT_WENT_BACK);
    }

    @Test
    void whatAMemberIsToldWhenItBeginsIsNoLookAtTheEnd() {
        run.remove(event -> event instanceof CommittedOffset);
        run.add(new CommittedOffset(seconds(13, 14), "member-1", "group", PLAIN, RECORDS));
        assertThat(anomalies()).containsExactly(Anomaly.UNOBSERVED);
    }

    @Test
    void aFormerOwnerThatCommitsIsFound() {
        run.add(zombie(Outcome.UNKNOWN));
        assertThat(anomalies()).isEmpty();
        run.add(zombie(Outcome.OK));
        assertThat(anomalies()).containsExactly(Anomaly.TWO_OWNERS);
    }

    private static Commit zombie(Outcome outcome) {
        return new Commit(seconds(13, 14), "member-0", "group", 1, PLAIN, RECORDS, outcome);
    }

    @Test
    void aCommitThatBeganBeforeTheNextOwnerWasToldMayStillBeDone() {
        run.add(new Ownership(seconds(13, 14), "member-2", "group", 3, List.of(PLAIN)));
        run.add(new Commit(seconds(13, 15), "member-1", "group", 2, PLAIN, RECORDS, Outcome.OK));
        assertThat(anomalies()).isEmpty();
    }

    @Test
    void aGroupWhoseMembersOnlyLeaveInTheEndIsFound() {
        run.replace(
                event -> event instanceof MemberFate,
                new MemberFate(seconds(RECORDS + 1, RECORDS + 2), "member-1", "group", Fate.LEFT));
        assertThat(anomalies()).containsExactly(Anomaly.UNOBSERVED);
        run.add(new MemberFate(seconds(5, 6), "member-0", "group", Fate.FROZEN));
        assertThat(anomalies()).containsExactly(Anomaly.UNOBSERVED);
        run.add(new MemberFate(seconds(5, 6), "member-0", "group", Fate.SILENT));
        assertThat(anomalies()).isEmpty();
    }

    private List<Anomaly> anomalies() {
        return run.judged().stream().map(Violation::anomaly).toList();
    }
}
