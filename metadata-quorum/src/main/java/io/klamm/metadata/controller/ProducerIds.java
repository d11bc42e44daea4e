/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.ProducerIdsAllocated;
import io.klamm.metadata.image.MetadataImage;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/** Hands out producer ids in blocks; no id is ever handed out twice. */
final class ProducerIds {
    static final int BLOCK = 1000;

    private ProducerIds() {}

    static Decision<ProducerIdBlock> allocate(MetadataImage image, int nodeId, long brokerEpoch) {
        Errors error = BrokerRegistrar.epochError(image, nodeId, brokerEpoch);
        if (error != Errors.NONE) {
            return Decision.replyOnly(new ProducerIdBlock(error, -1, 0));
        }
        long first = image.nextProducerId();
        return new Decision<>(
                List.of(new ProducerIdsAllocated(nodeId, brokerEpoch, Math.addExact(first, BLOCK))),
                new ProducerIdBlock(Errors.NONE, first, BLOCK));
    }
}
