/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import java.util.List;

/**
 * A fault, from its injection until it was healed.
 *
 * @param nodes ids of those it hit
 * @param evidence that it bit, in words
 */
public record Fault(Span span, String process, String name, List<Integer> nodes, String evidence) implements Event {}
