/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

/**
 * A topic was made for the run. One that no history mentions is an ordinary one: it keeps everything.
 *
 * @param compacted its records are registers: of each key the last value must stay
 */
public record TopicKind(Span span, String process, String topic, int partitions, boolean compacted) implements Event {}
