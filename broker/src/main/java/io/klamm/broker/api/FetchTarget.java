/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * A partition as a fetch request names it.
 *
 * @param topic name before version 13, else null
 * @param topicId id from version 13 on, else {@link Uuid#ZERO_UUID}
 */
record FetchTarget(@Nullable String topic, Uuid topicId, int partition) {
    static FetchTarget of(boolean byId, String topic, Uuid topicId, int partition) {
        return byId ? new FetchTarget(null, topicId, partition) : new FetchTarget(topic, Uuid.ZERO_UUID, partition);
    }
}
