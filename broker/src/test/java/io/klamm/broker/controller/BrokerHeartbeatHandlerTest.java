/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.klamm.broker.security.Authorizer;
import io.klamm.metadata.image.DigestStanding;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A connection stands for a broker, and a broker is heard, only by a heartbeat that the controller has accepted. */
@Timeout(30)
class BrokerHeartbeatHandlerTest {
    /** Number of the connection that all of {@link TestController#context} come over. */
    private static final long CONNECTION = 1;

    private static final long OFFSET = 4;
    private static final DigestStanding DIGESTS = new DigestStanding(2, -1);

    private final TestController cluster = new TestController(2);
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final PublishedOffsets published = new PublishedOffsets(timer);
    private final TailingBrokers tailing = new TailingBrokers(() -> 0);
    private final List<String> lost = new ArrayList<>();
    private final HeartbeatConnections connections =
            new HeartbeatConnections((nodeId, brokerEpoch) -> lost.add(nodeId + "@" + brokerEpoch));

    @AfterEach
    void stop() {
        published.close();
        timer.shutdownNow();
        cluster.close();
    }

    private Errors heartbeat(Authorizer authorizer, int nodeId, long brokerEpoch) {
        BrokerHeartbeatHandler handler =
                new BrokerHeartbeatHandler(cluster.controller, connections, tailing, published, authorizer);
        BrokerHeartbeatRequestData request = new BrokerHeartbeatRequestData()
                .setBrokerId(nodeId)
                .setBrokerEpoch(brokerEpoch)
                .setCurrentMetadataOffset(OFFSET);
        request.unknownTaggedFields().add(DigestField.of(DIGESTS));
        return Errors.forCode(handler.handle(TestController.context(ApiKeys.BROKER_HEARTBEAT, 1), request)
                .toCompletableFuture()
                .join()
                .errorCode());
    }

    private Errors heartbeat(int nodeId, long brokerEpoch) {
        return heartbeat(Authorizer.ALLOW_ALL, nodeId, brokerEpoch);
    }

    @Test
    void theConnectionOfAnAcceptedHeartbeatStandsForItsBroker() {
        assertThat(heartbeat(1, 1)).isEqualTo(Errors.NONE);
        assertThat(tailing.all()).containsExactly(entry(1, new TailingBrokers.Progress(OFFSET, 0, DIGESTS)));
        connections.connectionClosed(CONNECTION);
        assertThat(lost).containsExactly("1@1");
    }

    @Test
    void whoIsRefusedIsNotHeardAndItsConnectionStandsForNobody() {
        assertThat(heartbeat(1, 99)).as("of another process").isEqualTo(Errors.STALE_BROKER_EPOCH);
        assertThat(heartbeat(77, 1)).as("never registered").isNotEqualTo(Errors.NONE);
        assertThat(tailing.all()).isEmpty();
        connections.connectionClosed(CONNECTION);
        assertThat(lost).isEmpty();
    }

    @Test
    void aRefusedHeartbeatTakesNoConnectionFromTheBrokerThatHasIt() {
        assertThat(heartbeat(1, 1)).isEqualTo(Errors.NONE);
        assertThat(heartbeat(2, 99)).isEqualTo(Errors.STALE_BROKER_EPOCH);
        connections.connectionClosed(CONNECTION);
        assertThat(lost).containsExactly("1@1");
    }

    @Test
    void whoMayNotIsNotAskedFurther() {
        assertThat(heartbeat((context, operation, resource, name) -> false, 1, 1))
                .isEqualTo(Errors.CLUSTER_AUTHORIZATION_FAILED);
        assertThat(connections.isOpen(CONNECTION)).isFalse();
        assertThat(tailing.all()).isEmpty();
    }
}
