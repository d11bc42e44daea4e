/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.image.PartitionId;

/**
 * What a recovered replica has on disk (design D5.7).
 *
 * @param id the partition
 * @param lastEpoch leader epoch of its last batch, -1 when empty
 * @param logEndOffset offset behind its last record, exclusive
 */
public record ReplicaLogInfo(PartitionId id, int lastEpoch, long logEndOffset) {}
