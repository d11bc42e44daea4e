/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import org.apache.kafka.common.Uuid;

/** Which partition a log belongs to. The id counts; the name is for people. */
record LogIdentity(String topic, Uuid topicId, int partition) {
    @Override
    public String toString() {
        return topic + "-" + partition;
    }
}
