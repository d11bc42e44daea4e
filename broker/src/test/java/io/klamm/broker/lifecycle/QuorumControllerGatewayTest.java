/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.broker.VirtualExecutor;
import io.klamm.broker.controller.ForwardedRequest;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.ClientPrincipal;
import io.klamm.replication.peer.PeerException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.AllocateProducerIdsRequestData;
import org.apache.kafka.common.message.AllocateProducerIdsResponseData;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.message.EnvelopeRequestData;
import org.apache.kafka.common.message.EnvelopeResponseData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.RequestUtils;
import org.junit.jupiter.api.Test;

@SuppressWarnings("FutureReturnValueIgnored") // what does not matter to a test
class QuorumControllerGatewayTest {
    private final PeerException lost = new PeerException("connection lost");
    private final PeerException refused = new PeerException("refused", null, false);

    private final VirtualExecutor time = new VirtualExecutor();
    private final FakePeers peers = new FakePeers();
    private final AtomicInteger ownView = new AtomicInteger(-1);
    private final ControllerLocator locator = new ControllerLocator(() -> FakePeers.THREE_VOTERS, ownView::get);
    private final QuorumControllerGateway gateway =
            new QuorumControllerGateway(locator, peers, "test", time, time::nanoTime, 1_000);

    @Test
    void asksTheVotersInTurnUntilOneIsTheController() {
        peers.answers(1, ids(Errors.NOT_CONTROLLER));
        peers.fails(2, refused);
        peers.answers(3, ids(Errors.NONE));

        CompletableFuture<ApiMessage> answer = gateway.send(new AllocateProducerIdsRequestData(), 5_000);
        time.advance(1_000);

        assertThat(answer).isCompletedWithValue(ids(Errors.NONE));
        assertThat(peers.asked).containsExactly(1, 2, 3);
        gateway.send(new AllocateProducerIdsRequestData(), 5_000);
        assertThat(peers.asked).as("it remembers who answered").endsWith(3, 3);
    }

    @Test
    void believesTheOwnVoterFirst() {
        peers.answers(3, ids(Errors.NONE));
        ownView.set(3);

        assertThat(gateway.send(new AllocateProducerIdsRequestData(), 5_000)).isCompletedWithValue(ids(Errors.NONE));
        assertThat(peers.asked).containsExactly(3);
    }

    @Test
    void repeatsOwnRequestsEvenWhenTheOutcomeIsUnknown() {
        peers.fails(1, lost);
        peers.answers(2, ids(Errors.NONE));
        peers.answers(3, ids(Errors.NOT_CONTROLLER));

        CompletableFuture<ApiMessage> answer = gateway.send(new AllocateProducerIdsRequestData(), 5_000);
        time.advance(1_000);

        assertThat(answer).isCompletedWithValue(ids(Errors.NONE));
    }

    @Test
    void leavesAnIsrChangeWithUnknownOutcomeToItsLeader() {
        peers.fails(1, refused);
        peers.fails(2, lost);
        peers.answers(3, new AlterPartitionResponseData());

        CompletableFuture<ApiMessage> answer = gateway.send(new AlterPartitionRequestData(), 5_000);
        time.advance(1_000);

        assertThat(peers.asked)
                .as("refused is surely not acted on, lost perhaps")
                .containsExactly(1, 2);
        assertThatThrownBy(answer::join).hasMessageContaining("outcome is unknown");
    }

    @Test
    void failsWhenTheTimeIsOver() {
        for (int node = 1; node <= 3; node++) {
            peers.answers(node, ids(Errors.NOT_CONTROLLER));
        }

        CompletableFuture<ApiMessage> answer = gateway.send(new AllocateProducerIdsRequestData(), 2_000);
        time.advance(1_900);
        assertThat(answer).isNotDone();
        time.advance(500);

        assertThatThrownBy(answer::join).hasCauseInstanceOf(TimeoutException.class);
    }

    @Test
    void namesTheReasonOfATryThatHadItsTime() {
        AtomicReference<RuntimeException> failure = new AtomicReference<>(refused);
        for (int node = 1; node <= 3; node++) {
            peers.node(node, request -> CompletableFuture.failedFuture(failure.get()));
        }
        CompletableFuture<ApiMessage> answer = gateway.send(new AllocateProducerIdsRequestData(), 2_000);
        time.advance(1_500);
        failure.set(new PeerException("no answer after 12 ms"));
        time.advance(1_000);

        assertThatThrownBy(answer::join).hasMessageContaining(": refused.");
    }

    @Test
    void passesAClientsRequestOnWithPrincipalAndAddress() {
        peers.answers(1, new EnvelopeResponseData().setErrorCode(Errors.NOT_CONTROLLER.code()));
        CreateTopicsResponseData created = new CreateTopicsResponseData();
        created.topics().add(new CreatableTopicResult().setName("orders").setNumPartitions(3));
        AtomicInteger address = new AtomicInteger();
        peers.node(2, request -> {
            EnvelopeRequestData envelope = (EnvelopeRequestData) request;
            address.set(envelope.clientHostAddress()[3]);
            assertThat(new String(envelope.requestPrincipal(), java.nio.charset.StandardCharsets.UTF_8))
                    .contains("alice");
            return CompletableFuture.completedFuture(new EnvelopeResponseData()
                    .setResponseData(RequestUtils.serialize(
                            new ResponseHeaderData().setCorrelationId(7),
                            ApiKeys.CREATE_TOPICS.responseHeaderVersion((short) 7),
                            created,
                            (short) 7)));
        });

        CompletableFuture<ApiMessage> answer = gateway.forward(context(), createOrders(), 5_000);
        time.advance(500);

        assertThat(answer).isCompletedWithValue(created);
        assertThat(address).hasValue(9);
    }

    @Test
    void repeatsAClientsRequestThatWasSurelyNotSent() {
        peers.fails(1, refused);
        peers.fails(2, refused);
        peers.fails(3, refused);

        CompletableFuture<ApiMessage> answer = gateway.forward(context(), createOrders(), 1_000);
        time.advance(900);
        assertThat(answer).isNotDone();
        assertThat(peers.asked).hasSizeGreaterThan(3);
    }

    @Test
    void leavesAClientsRequestWithUnknownOutcomeToTheClient() {
        peers.fails(1, lost);

        CompletableFuture<ApiMessage> answer = gateway.forward(context(), createOrders(), 5_000);
        time.advance(1_000);

        assertThat(peers.asked).containsExactly(1);
        assertThatThrownBy(answer::join).hasCauseInstanceOf(NotControllerException.class);
    }

    @Test
    void failsWhatIsOutstandingAtClose() {
        peers.node(1, request -> new CompletableFuture<>());
        CompletableFuture<ApiMessage> answer = gateway.send(new AllocateProducerIdsRequestData(), 5_000);

        gateway.close();

        assertThatThrownBy(answer::join).hasCauseInstanceOf(TimeoutException.class);
        assertThat(gateway.send(new AllocateProducerIdsRequestData(), 5_000)).isCompletedExceptionally();
    }

    @Test
    void aForwardedRequestSurvivesTheEnvelope() throws Exception {
        EnvelopeRequestData envelope = ForwardedRequest.encode(context(), createOrders());

        assertThat(InetAddress.getByAddress(envelope.clientHostAddress()).getHostAddress())
                .isEqualTo("10.0.0.9");
    }

    private static AllocateProducerIdsResponseData ids(Errors error) {
        return new AllocateProducerIdsResponseData().setErrorCode(error.code());
    }

    private static CreateTopicsRequestData createOrders() {
        CreateTopicsRequestData request = new CreateTopicsRequestData();
        request.topics()
                .add(new CreateTopicsRequestData.CreatableTopic()
                        .setName("orders")
                        .setNumPartitions(3)
                        .setReplicationFactor((short) 1));
        return request;
    }

    private static RequestContext context() {
        try {
            return new RequestContext(
                    ApiKeys.CREATE_TOPICS,
                    (short) 7,
                    7,
                    "admin-1",
                    new ClientPrincipal("User", "alice"),
                    "PLAINTEXT",
                    "PLAINTEXT",
                    new InetSocketAddress(InetAddress.getByName("10.0.0.9"), 4711),
                    1,
                    0);
        } catch (java.net.UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
