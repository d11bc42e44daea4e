/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.CoordinatorLoadInProgressException;
import org.apache.kafka.common.message.AllocateProducerIdsRequestData;
import org.apache.kafka.common.message.AllocateProducerIdsResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ProducerIdsTest {
    private static final int BLOCK = 20;

    private final TestGateway gateway = new TestGateway();
    private final ProducerIds ids = new ProducerIds(gateway, 1, () -> 33, 1000);

    static List<Integer> versions() {
        return TestRequests.versions(ApiKeys.INIT_PRODUCER_ID);
    }

    private void grant(int request, long first) {
        gateway.sent
                .get(request)
                .reply()
                .complete(new AllocateProducerIdsResponseData()
                        .setProducerIdStart(first)
                        .setProducerIdLen(BLOCK));
    }

    @Test
    void idsComeFromBlocksInOrderAndTheNextBlockIsAskedForInTime() {
        CompletableFuture<Long> first = ids.next();
        assertThat(first).isNotDone();
        AllocateProducerIdsRequestData asked =
                (AllocateProducerIdsRequestData) gateway.only().request();
        assertThat(asked.brokerId()).isEqualTo(1);
        assertThat(asked.brokerEpoch()).isEqualTo(33);
        grant(0, 1000);
        assertThat(first).isCompletedWithValue(1000L);

        Set<Long> seen = new HashSet<>(Set.of(1000L));
        for (int i = 1; i < BLOCK; i++) {
            assertThat(seen.add(ids.next().join())).isTrue();
        }
        assertThat(gateway.sent).as("asked before the block was used up").hasSize(2);
        grant(1, 5000);
        assertThat(ids.next()).isCompletedWithValue(5000L);
        assertThat(seen).contains(1019L).hasSize(BLOCK);
    }

    @Test
    void moreWaitersThanABlockHoldsGetTheNextOne() {
        List<CompletableFuture<Long>> waiting = new ArrayList<>();
        for (int i = 0; i < BLOCK + 5; i++) {
            waiting.add(ids.next());
        }
        assertThat(gateway.sent).hasSize(1);
        grant(0, 1000);
        assertThat(waiting.stream().filter(CompletableFuture::isDone)).hasSize(BLOCK);
        assertThat(gateway.sent).hasSize(2);
        grant(1, 2000);
        assertThat(waiting.stream().map(CompletableFuture::join).distinct()).hasSize(BLOCK + 5);
    }

    @Test
    void aFailureFailsTheWaitingAndTheNextOneAsksAgain() {
        CompletableFuture<Long> unlucky = ids.next();
        gateway.sent.get(0).reply().completeExceptionally(new IllegalStateException("no controller"));
        assertThat(unlucky.handle((id, failure) -> failure).join())
                .isInstanceOf(CoordinatorLoadInProgressException.class);

        CompletableFuture<Long> stale = ids.next();
        gateway.sent
                .get(1)
                .reply()
                .complete(new AllocateProducerIdsResponseData().setErrorCode(Errors.STALE_BROKER_EPOCH.code()));
        assertThat(stale).isCompletedExceptionally();

        CompletableFuture<Long> lucky = ids.next();
        grant(2, 7000);
        assertThat(lucky).isCompletedWithValue(7000L);
    }

    private InitProducerIdResponseData init(Authorizer authorizer, int version, InitProducerIdRequestData request) {
        var stage = new InitProducerIdHandler(ids, authorizer)
                .handle(TestRequests.context(ApiKeys.INIT_PRODUCER_ID, version), request);
        if (!gateway.sent.isEmpty()) {
            grant(0, 1000);
        }
        return TestRequests.answered(stage, ApiKeys.INIT_PRODUCER_ID, version);
    }

    @ParameterizedTest
    @MethodSource("versions")
    void idempotentProducersGetANewIdInEveryVersion(int version) {
        InitProducerIdRequestData request = new InitProducerIdRequestData().setTransactionalId(null);
        if (version >= 3) {
            request.setProducerId(5).setProducerEpoch((short) 9);
        }

        InitProducerIdResponseData response = init(Authorizer.ALLOW_ALL, version, request);

        assertThat(response.errorCode()).isZero();
        assertThat(response.producerId()).isEqualTo(1000);
        assertThat(response.producerEpoch()).isZero();
    }

    @ParameterizedTest
    @MethodSource("versions")
    void othersAreRefusedInEveryVersion(int version) {
        assertThat(init(Authorizer.ALLOW_ALL, version, new InitProducerIdRequestData().setTransactionalId("tx"))
                        .errorCode())
                .isEqualTo(Errors.COORDINATOR_NOT_AVAILABLE.code());
        assertThat(init(Authorizer.ALLOW_ALL, version, new InitProducerIdRequestData().setTransactionalId(""))
                        .errorCode())
                .isEqualTo(Errors.INVALID_REQUEST.code());
        assertThat(init(
                                TestRequests.denying(Operation.IDEMPOTENT_WRITE),
                                version,
                                new InitProducerIdRequestData().setTransactionalId(null))
                        .errorCode())
                .isEqualTo(Errors.CLUSTER_AUTHORIZATION_FAILED.code());
        if (version >= 3) {
            assertThat(init(
                                    Authorizer.ALLOW_ALL,
                                    version,
                                    new InitProducerIdRequestData()
                                            .setTransactionalId(null)
                                            .setProducerId(5))
                            .errorCode())
                    .isEqualTo(Errors.INVALID_REQUEST.code());
        }
        assertThat(gateway.sent).isEmpty();
    }
}
