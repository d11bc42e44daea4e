/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

/**
 * Something in the log of a node that a sound one has no reason to write: an error, or a stack trace. From the first entry of its kind to
 * the last one, where they follow each other closely; the whole run when nobody knows when.
 *
 * @param process the node
 * @param text the first entry of its kind, shortened
 * @param times how many there were that differ in figures only
 */
public record LogLine(Span span, String process, String text, int times) implements Event {}
