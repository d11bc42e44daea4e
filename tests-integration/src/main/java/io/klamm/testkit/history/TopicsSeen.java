/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import java.util.Map;

/**
 * The topics that one node knows, after the last heal, when it had heard of everything.
 *
 * @param process the node
 * @param prefix only topics whose names begin so
 * @param partitions number of partitions by topic
 */
public record TopicsSeen(Span span, String process, String prefix, Map<String, Integer> partitions) implements Event {}
