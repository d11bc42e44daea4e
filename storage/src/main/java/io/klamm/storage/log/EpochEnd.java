/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

/**
 * Where a leader epoch ends in a log.
 *
 * @param epoch the largest epoch in the log that is not above the one asked for; -1 when there is none
 * @param endOffset start of the next larger epoch, or the log end offset; exclusive; -1 with epoch -1
 */
public record EpochEnd(int epoch, long endOffset) {
    public static final EpochEnd NONE = new EpochEnd(-1, -1);
}
