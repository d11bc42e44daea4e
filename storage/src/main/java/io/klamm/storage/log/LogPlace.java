/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import org.apache.kafka.common.Uuid;

/**
 * Where a log is expected to be (KIP-858).
 *
 * @param assigned id of the log dir that the cluster knows for it, {@link Uuid#ZERO_UUID} when it knows none
 * @param isNew whether this node was given the partition just now, so that no dir can hold it yet
 */
public record LogPlace(Uuid assigned, boolean isNew) {
    /** Wherever it is, or else wherever there is room. */
    public static final LogPlace ANY = new LogPlace(Uuid.ZERO_UUID, true);
}
