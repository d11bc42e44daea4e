/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Poll;
import io.klamm.testkit.history.ReplicaLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Gathers violations, and the faults around the operations that show them. */
final class Findings {
    private static final long AROUND_NANOS = Duration.ofSeconds(10).toNanos();

    private final History history;
    private final List<Violation> violations = new ArrayList<>();

    Findings(History history) {
        this.history = history;
    }

    void add(Anomaly anomaly, Object where, String message, Event... operations) {
        Set<Fault> faults = new LinkedHashSet<>();
        for (Event operation : operations) {
            faults.addAll(history.faultsNear(operation.span(), AROUND_NANOS));
        }
        violations.add(new Violation(
                anomaly,
                where.toString(),
                message,
                Stream.of(operations).map(Findings::shortened).toList(),
                List.copyOf(faults)));
    }

    /** What was read is long, and the message names the record concerned. */
    private static Event shortened(Event event) {
        if (event instanceof Contents whole) {
            return new Contents(
                    whole.span(), whole.process(), whole.partition(), whole.start(), whole.end(), List.of());
        }
        if (event instanceof Poll poll) {
            return new Poll(poll.span(), poll.process(), poll.session(), poll.partition(), poll.position(), List.of());
        }
        if (event instanceof ReplicaLog log) {
            return new ReplicaLog(
                    log.span(),
                    log.process(),
                    log.partition(),
                    log.highWatermark(),
                    List.of(),
                    List.of(),
                    log.damage());
        }
        return event;
    }

    List<Violation> violations() {
        return violations;
    }
}
