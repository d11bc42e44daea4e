/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

/** A snapshot of the image with this end offset (exclusive) and the term of its last batch. */
public record SnapshotId(long endOffset, int term) {}
