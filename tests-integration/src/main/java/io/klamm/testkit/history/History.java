/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** All that happened in a run, in the order in which it began. Immutable. */
public final class History {
    /** Topic of the brokers, in which they keep groups and what these have committed: it is compacted always. */
    public static final String COMMITTED_OFFSETS = "__consumer_offsets";

    private final List<Event> events;
    /** Each kind is a record, so that an event has one kind only. */
    private final Map<Class<?>, List<Event>> byKind;

    private final Set<String> compacted = new HashSet<>(Set.of(COMMITTED_OFFSETS));

    public History(Collection<? extends Event> events) {
        this.events = events.stream()
                .map(Event.class::cast)
                .sorted(Comparator.comparingLong(event -> event.span().invokedNanos()))
                .toList();
        this.byKind =
                this.events.stream().collect(Collectors.groupingBy(Event::getClass, Collectors.toUnmodifiableList()));
        for (TopicKind topic : of(TopicKind.class)) {
            if (topic.compacted()) {
                compacted.add(topic.topic());
            }
        }
    }

    public List<Event> events() {
        return events;
    }

    /** Events of one kind, in the order in which they began. */
    @SuppressWarnings(
            "unchecked") // each list holds what is of its kind; to copy it cost minutes where there are a million sends
    public <T extends Event> List<T> of(Class<T> kind) {
        return (List<T>) byKind.getOrDefault(kind, List.of());
    }

    /** Whether the topic keeps only the last value of each key. */
    public boolean isCompacted(String topic) {
        return compacted.contains(topic);
    }

    /** When a run has come so far; null when it has not. */
    public @Nullable Milestone milestone(Milestone.Mark mark) {
        return of(Milestone.class).stream()
                .filter(passed -> passed.mark() == mark)
                .findFirst()
                .orElse(null);
    }

    /** Faults that were there during a span or not longer than {@code slackNanos} before or after it. */
    public List<Fault> faultsNear(Span span, long slackNanos) {
        return of(Fault.class).stream()
                .filter(fault -> fault.span().near(span, slackNanos))
                .toList();
    }
}
