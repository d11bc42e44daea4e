/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.Fault;
import java.util.List;

/**
 * A broken promise.
 *
 * @param where partition, group or log concerned
 * @param operations what was done and seen, as far as it shows the anomaly
 * @param faults those that were there around it
 */
public record Violation(Anomaly anomaly, String where, String message, List<Event> operations, List<Fault> faults) {
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(anomaly + " in " + where + ": " + message);
        operations.forEach(operation -> text.append("\n    ").append(operation));
        faults.forEach(fault -> text.append("\n    during ").append(fault));
        return text.toString();
    }
}
