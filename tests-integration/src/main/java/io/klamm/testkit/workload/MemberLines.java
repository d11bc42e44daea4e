/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

import io.klamm.testkit.history.Commit;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.HistoryFile;
import io.klamm.testkit.history.Ownership;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Takes down what a {@link MemberProgram} writes, also what was going on in it when it was killed. */
final class MemberLines {
    private final Diary diary;

    /** What goes on, by what takes its place. */
    private final Map<String, Event> open = new LinkedHashMap<>();

    MemberLines(Diary diary) {
        this.diary = diary;
    }

    /** @throws IOException when a line is damaged; one of another kind is left out */
    void note(String line) throws IOException {
        if (line.startsWith(MemberProgram.EVENT)) {
            Event event = HistoryFile.parse(line.substring(MemberProgram.EVENT.length()));
            open.remove(key(event));
            diary.add(event);
        } else if (line.startsWith(MemberProgram.OPEN)) {
            Event event = HistoryFile.parse(line.substring(MemberProgram.OPEN.length()));
            open.put(key(event), event);
        }
    }

    /** Nothing more is written: a commit that went on may have been done or not, and what was owned is so no longer. */
    void end() {
        open.values().forEach(event -> diary.add(endedNow(event)));
        open.clear();
    }

    private static String key(Event event) {
        return event.getClass().getSimpleName() + (event instanceof Commit commit ? commit.partition() : "");
    }

    private Event endedNow(Event event) {
        if (event instanceof Ownership owned) {
            return new Ownership(
                    diary.since(owned.span().invokedNanos()),
                    owned.process(),
                    owned.group(),
                    owned.generation(),
                    owned.partitions());
        }
        return event;
    }
}
