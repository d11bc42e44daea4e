/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

/**
 * @param baseOffset offset of the first record appended (of the first duplicate when it was one; -1 for a duplicate older than the
 *     batches remembered)
 * @param endOffset log end offset behind the append, exclusive; for a duplicate, behind the original records
 * @param logAppendTimeMs broker time stamped into the batches, -1 with CreateTime
 * @param duplicate the batches had been appended before (same producer id, epoch and sequence): nothing was written
 */
public record AppendResult(long baseOffset, long endOffset, long logAppendTimeMs, boolean duplicate) {}
