/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

/**
 * A node was told to stop when the run was over, and ended.
 *
 * @param process the node
 * @param exitCode 0 is a controlled shutdown; also of one that had ended by itself before
 */
public record NodeEnd(Span span, String process, int exitCode) implements Event {}
