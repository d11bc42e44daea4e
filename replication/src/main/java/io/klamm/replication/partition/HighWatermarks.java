/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.metadata.image.PartitionId;
import java.io.IOException;
import java.util.Map;

/** Keeps the high watermarks over a restart. What is lost or old costs nothing but time: they are found anew. */
public interface HighWatermarks {
    /** What was saved last; empty when there is nothing, or nothing readable. */
    Map<PartitionId, Long> load();

    void save(Map<PartitionId, Long> offsets) throws IOException;
}
