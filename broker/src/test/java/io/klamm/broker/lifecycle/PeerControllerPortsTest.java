/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.controller.ReplicaLogInfo;
import io.klamm.metadata.fact.BrokerRegistered;
import io.klamm.metadata.fact.Endpoint;
import io.klamm.metadata.fact.TopicCreated;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class PeerControllerPortsTest {
    private static final Uuid TOPIC = new Uuid(1, 1);
    private static final MetadataImage IMAGE = MetadataImage.EMPTY.apply(List.of(
            new TopicCreated(TOPIC, "orders"),
            new BrokerRegistered(
                    2,
                    0,
                    new Uuid(2, 2),
                    List.of(new Endpoint("INTERNAL", "localhost", 2, (short) 0)),
                    null,
                    List.of(),
                    (short) 1,
                    (short) 1,
                    true)));
    private static final BrokerImage BROKER = requireNonNull(IMAGE.broker(2));

    private final FakePeers peers = new FakePeers();
    private final PeerControllerPorts ports = new PeerControllerPorts("INTERNAL", peers, () -> IMAGE, configs -> null);

    @Test
    void asksInTheLeaderEpochThatEachPartitionWaitsIn() {
        peers.node(2, request -> {
            OffsetForLeaderEpochRequestData asked = (OffsetForLeaderEpochRequestData) request;
            assertThat(asked.replicaId()).isEqualTo(-2);
            OffsetForLeaderTopicResult answered = new OffsetForLeaderTopicResult().setTopic("orders");
            for (OffsetForLeaderPartition partition :
                    requireNonNull(asked.topics().find("orders")).partitions()) {
                // The broker is at leader epoch 7 with both of them.
                boolean same = partition.currentLeaderEpoch() == 7;
                answered.partitions()
                        .add(new EpochEndOffset()
                                .setPartition(partition.partition())
                                .setErrorCode((same ? Errors.NONE : Errors.FENCED_LEADER_EPOCH).code())
                                .setLeaderEpoch(same ? 6 : -1)
                                .setEndOffset(same ? 100 : -1));
            }
            OffsetForLeaderEpochResponseData response = new OffsetForLeaderEpochResponseData();
            response.topics().mustAdd(answered);
            return CompletableFuture.completedFuture(response);
        });

        List<ReplicaLogInfo> infos = ports.replicaLogInfo(
                        BROKER, Map.of(new PartitionId(TOPIC, 0), 7, new PartitionId(TOPIC, 1), 5))
                .join();
        assertThat(infos).containsExactly(new ReplicaLogInfo(new PartitionId(TOPIC, 0), 6, 100));
    }
}
