/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.report;

import io.klamm.testkit.history.Fault;
import java.util.List;
import java.util.Locale;

/** Faults of one sort have one colour. A kind belongs to the first sort one of whose words it contains. */
enum FaultColour {
    DEATH("process gone", List.of("KILL", "STOP", "POWER")),
    FREEZE("process frozen", List.of("PAUSE")),
    LINK("link harmed", List.of("CUT", "LINKS")),
    DISK("disk full or hanging", List.of("DISK")),
    CLOCK("clock off", List.of("CLOCK")),
    OPERATOR("changed by an operator", List.of("REPLICA", "TOPICS")),
    OTHER("another fault", List.of(""));

    private final String meaning;

    @SuppressWarnings("ImmutableEnumChecker") // nobody writes to it
    private final List<String> words;

    FaultColour(String meaning, List<String> words) {
        this.meaning = meaning;
        this.words = words;
    }

    static FaultColour of(Fault fault) {
        String kind = fault.kind();
        for (FaultColour colour : values()) {
            if (colour.words.stream().anyMatch(kind::contains)) {
                return colour;
            }
        }
        return OTHER;
    }

    String meaning() {
        return meaning;
    }

    /** Class in the page's style sheet. */
    String style() {
        return "fault f-" + name().toLowerCase(Locale.ROOT);
    }
}
