/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.klamm.testkit.history.Commit;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.HistoryFile;
import io.klamm.testkit.history.MemberFate;
import io.klamm.testkit.history.MemberFate.Fate;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Ownership;
import io.klamm.testkit.history.Span;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessMemberTest {
    private static final TopicPartition FIRST = new TopicPartition("t", 0);
    private static final TopicPartition SECOND = new TopicPartition("t", 1);

    private final List<Event> added = Collections.synchronizedList(new ArrayList<>());
    private final Diary diary = new Diary() {
        @Override
        public long now() {
            return 1_000;
        }

        @Override
        public void add(Event event) {
            added.add(event);
        }
    };
    private final MemberLines lines = new MemberLines(diary);

    private void event(Event event) throws IOException {
        lines.note(MemberProgram.EVENT + HistoryFile.line(event));
    }

    private void open(Event event) throws IOException {
        lines.note(MemberProgram.OPEN + HistoryFile.line(event));
    }

    private static Commit commit(TopicPartition partition, Outcome outcome) {
        return new Commit(new Span(5, Span.NEVER), "m", "g", 3, partition, 7, outcome);
    }

    @Test
    void aCommitThatWentOnWhenItsMemberWasKilledIsUnknown() throws IOException {
        open(commit(FIRST, Outcome.UNKNOWN));
        open(commit(SECOND, Outcome.UNKNOWN));
        event(commit(FIRST, Outcome.OK));
        lines.end();
        assertThat(added).containsExactly(commit(FIRST, Outcome.OK), commit(SECOND, Outcome.UNKNOWN));
    }

    @Test
    void whatWasOwnedIsOwnedUntilTheEnd() throws IOException {
        open(new Ownership(new Span(5, 5), "m", "g", 3, List.of(FIRST)));
        lines.end();
        assertThat(added).containsExactly(new Ownership(new Span(5, 1_000), "m", "g", 3, List.of(FIRST)));
    }

    @Test
    void whatHasEndedIsNotTakenDownTwiceAndWhatIsNoEventNotAtAll() throws IOException {
        Ownership owned = new Ownership(new Span(5, 6), "m", "g", 3, List.of(FIRST));
        open(owned);
        event(owned);
        lines.note("something that a library prints");
        lines.end();
        assertThat(added).containsExactly(owned);
    }

    @Test
    void aMemberLeavesWhenItIsToldToAndIsKilledWhenItIsToVanish(@TempDir Path folder) {
        ProcessMember leaving = member("leaving", folder, false);
        ProcessMember killed = member("killed", folder, false);
        ProcessMember waiting = member("waiting", folder, true); // for something to read, in vain
        leaving.leave();
        killed.vanish();
        waiting.vanish();
        for (ProcessMember member : List.of(leaving, killed, waiting)) {
            member.awaitEnd();
            member.check();
        }
        assertThat(added)
                .extracting(Event::process, event -> ((MemberFate) event).fate())
                .containsExactlyInAnyOrder(
                        tuple("leaving", Fate.LEFT), tuple("killed", Fate.KILLED), tuple("waiting", Fate.KILLED));
    }

    @Test
    void aMemberThatEndsByItselfHasFailed(@TempDir Path folder) {
        ProcessMember broken = new ProcessMember(
                new MemberSettings("broken", "g", "t", Map.of("bootstrap.servers", "nonsense")),
                diary,
                folder.resolve("log"),
                false);
        broken.awaitEnd();
        assertThatThrownBy(broken::check)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("broken ended with code 1");
        assertThat(folder.resolve("log")).content().contains("broken failed: ");
    }

    private ProcessMember member(String name, Path folder, boolean diesBeforeCommit) {
        // Nobody listens there.
        Map<String, String> config = Map.of("bootstrap.servers", "127.0.0.1:1", "group.id", "g");
        return new ProcessMember(
                new MemberSettings(name, "g", "t", config), diary, folder.resolve("log"), diesBeforeCommit);
    }
}
