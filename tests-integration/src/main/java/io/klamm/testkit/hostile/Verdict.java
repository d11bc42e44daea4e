/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import java.util.ArrayList;
import java.util.List;

/** What a run has shown, gathered while it goes on. Thread-safe. */
public final class Verdict {
    private final List<String> findings = new ArrayList<>();
    private final List<String> figures = new ArrayList<>();

    /** Something is as it should not be. */
    synchronized void found(String finding) {
        findings.add(finding);
        System.out.println("  FOUND " + finding);
    }

    /** Something was measured. */
    synchronized void measured(String figure) {
        figures.add(figure);
        System.out.println("  " + figure);
    }

    /** What hostile clients, nodes and logs showed that should not be; empty when all is well. */
    public synchronized List<String> findings() {
        return List.copyOf(findings);
    }

    /** What was measured, line by line. */
    public synchronized List<String> figures() {
        return List.copyOf(figures);
    }
}
