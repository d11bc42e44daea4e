/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.broker.VirtualExecutor;
import io.klamm.broker.api.ControllerGateway;
import io.klamm.broker.controller.DigestField;
import io.klamm.broker.net.RequestContext;
import io.klamm.metadata.fact.Endpoint;
import io.klamm.metadata.image.DigestStanding;
import io.klamm.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerHeartbeatResponseData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.BrokerRegistrationResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

@SuppressWarnings("FutureReturnValueIgnored") // what does not matter to a test
class BrokerLifecycleTest {
    private final VirtualExecutor time = new VirtualExecutor();
    private final FakeController controller = new FakeController();
    private final List<String> refusals = new ArrayList<>();
    private long published;
    private DigestStanding digests = DigestStanding.NOT_COMPARED;
    private int ready;
    private final List<CompletableFuture<MetadataImage>> publishWaiters = new ArrayList<>();
    private final BrokerLifecycle lifecycle = new BrokerLifecycle(
            new BrokerIdentity(
                    4,
                    "cluster",
                    Uuid.randomUuid(),
                    List.of(new Endpoint("PLAINTEXT", "localhost", 9092, (short) 0)),
                    null,
                    List.of(Uuid.randomUuid()),
                    77),
            controller,
            new BrokerLifecycle.MetadataView(
                    () -> published,
                    offset -> {
                        CompletableFuture<MetadataImage> waiter = new CompletableFuture<>();
                        publishWaiters.add(waiter);
                        return waiter;
                    },
                    () -> ready++,
                    () -> digests),
            new BrokerLifecycle.Timing(500, 1_000, 10_000, 2_000),
            time,
            time::nanoTime,
            refusals::add);

    @Test
    void servesOnlyAfterItsOwnRegistrationIsPublished() {
        CompletableFuture<Void> running = lifecycle.start();
        time.advance(0);

        assertThat(lifecycle.state()).isEqualTo(BrokerState.REGISTERED);
        assertThat(controller.registrations.get(0).previousBrokerEpoch()).isEqualTo(77);
        time.advance(200);
        assertThat(controller.heartbeats).isNotEmpty().allMatch(heartbeat -> heartbeat.currentMetadataOffset() == 0);
        assertThat(running).isNotDone();
        assertThat(ready).isZero();

        publish(101);
        assertThat(ready).as("listeners open before it is unfenced").isEqualTo(1);
        assertThat(lifecycle.state()).isEqualTo(BrokerState.RUNNING);
        assertThat(running).isCompleted();
        assertThat(controller.lastHeartbeat().brokerEpoch()).isEqualTo(100);
    }

    @Test
    void everyHeartbeatSaysHowTheMetadataOfItsNodeComparesWithTheControllers() {
        run();
        assertThat(DigestField.in(controller.lastHeartbeat().unknownTaggedFields()))
                .isEqualTo(DigestStanding.NOT_COMPARED);
        digests = new DigestStanding(3_000, 2_000);
        time.advance(500);
        assertThat(DigestField.in(controller.lastHeartbeat().unknownTaggedFields()))
                .isEqualTo(digests);
    }

    @Test
    void heartbeatsAtItsInterval() {
        run();
        int before = controller.heartbeats.size();
        time.advance(5_000);
        assertThat(controller.heartbeats.size() - before).isEqualTo(10);
    }

    @Test
    void tellsSoonThatNewTopicsArePublishedButNotMoreOftenThanItMust() {
        run();
        time.advance(1_000);
        int before = controller.heartbeats.size();
        published = 200;
        lifecycle.publishedTopics();
        time.advance(20);
        assertThat(controller.heartbeats).hasSize(before + 1);
        assertThat(controller.lastHeartbeat().currentMetadataOffset()).isEqualTo(200);

        for (int i = 0; i < 100; i++) {
            published++;
            lifecycle.publishedTopics();
            time.advance(1);
        }
        time.advance(20);
        assertThat(controller.heartbeats.size() - before).isBetween(3, 8);
        assertThat(controller.lastHeartbeat().currentMetadataOffset()).isEqualTo(300);

        int after = controller.heartbeats.size();
        time.advance(5_000);
        assertThat(controller.heartbeats.size() - after)
                .as("back to its interval")
                .isEqualTo(10);
    }

    @Test
    void newsThatComesWhileAHeartbeatIsOutFollowsIt() {
        run();
        controller.slow = true;
        time.advance(600);
        controller.slow = false;
        int before = controller.heartbeats.size();
        published = 200;
        lifecycle.publishedTopics();
        time.advance(50);
        assertThat(controller.heartbeats).as("one at a time").hasSize(before);
        controller.release.run();
        time.advance(1);
        assertThat(controller.heartbeats).hasSize(before + 1);
        assertThat(controller.lastHeartbeat().currentMetadataOffset()).isEqualTo(200);
    }

    @Test
    void waitsForAControllerForAsLongAsItTakes() {
        controller.reachable = false;
        CompletableFuture<Void> running = lifecycle.start();
        time.advance(60_000);
        assertThat(lifecycle.state()).isEqualTo(BrokerState.STARTING);

        controller.reachable = true;
        time.advance(1_300);
        publish(101);
        assertThat(running).isCompleted();
    }

    @Test
    void waitsWhileItsPredecessorIsStillAlive() {
        controller.registrationError = Errors.DUPLICATE_BROKER_REGISTRATION;
        lifecycle.start();
        time.advance(3_000);
        assertThat(lifecycle.state()).isEqualTo(BrokerState.STARTING);
        assertThat(controller.registrations).hasSizeGreaterThan(5);

        controller.registrationError = Errors.NONE;
        time.advance(300);
        assertThat(lifecycle.state()).isEqualTo(BrokerState.REGISTERED);
    }

    @Test
    void stopsWhenItBelongsToAnotherCluster() {
        controller.registrationError = Errors.INCONSISTENT_CLUSTER_ID;
        CompletableFuture<Void> running = lifecycle.start();
        time.advance(100);

        assertThat(lifecycle.state()).isEqualTo(BrokerState.STOPPED);
        assertThat(refusals).singleElement().asString().contains("INCONSISTENT_CLUSTER_ID");
        assertThatThrownBy(running::join).hasCauseInstanceOf(BrokerStartException.class);
    }

    @Test
    void registersAgainWhenItsEpochIsStale() {
        run();
        controller.epoch = 200;
        controller.heartbeatError = Errors.STALE_BROKER_EPOCH;
        time.advance(500);
        assertThat(lifecycle.state()).isEqualTo(BrokerState.STARTING);

        controller.heartbeatError = Errors.NONE;
        time.advance(500);
        publish(201);
        assertThat(lifecycle.state()).isEqualTo(BrokerState.RUNNING);
        assertThat(controller.registrations.get(1).previousBrokerEpoch())
                .as("this process has lost nothing since")
                .isEqualTo(100);
        assertThat(controller.lastHeartbeat().brokerEpoch()).isEqualTo(200);
    }

    @Test
    void comesBackAfterItWasFenced() {
        run();
        controller.fenced = true;
        time.advance(500);
        assertThat(lifecycle.state()).isEqualTo(BrokerState.FENCED);

        controller.fenced = false;
        time.advance(100);
        assertThat(lifecycle.state()).isEqualTo(BrokerState.RUNNING);
    }

    @Test
    void leavesWhenTheControllerHasMovedItsLeaders() {
        run();
        CompletableFuture<Void> done = lifecycle.beginShutdown();
        time.advance(1_000);
        assertThat(done).isNotDone();
        assertThat(controller.lastHeartbeat().wantShutDown()).isTrue();

        controller.shouldShutDown = true;
        time.advance(100);
        assertThat(done).isCompleted();
        int sent = controller.heartbeats.size();
        time.advance(5_000);
        assertThat(controller.heartbeats).hasSize(sent);
    }

    @Test
    void leavesAfterTheBoundWhenLeadersStay() {
        run();
        CompletableFuture<Void> done = lifecycle.beginShutdown();
        time.advance(9_900);
        assertThat(done).isNotDone();
        time.advance(200);
        assertThat(done).isCompleted();
    }

    @Test
    void leavesSoonWhenNobodyAnswers() {
        run();
        controller.reachable = false;
        CompletableFuture<Void> done = lifecycle.beginShutdown();
        time.advance(1_900);
        assertThat(done).isNotDone();
        time.advance(200);
        assertThat(done).isCompleted();
    }

    @Test
    void leavesAtOnceWhenItNeverRegistered() {
        controller.reachable = false;
        lifecycle.start();
        time.advance(100);
        CompletableFuture<Void> done = lifecycle.beginShutdown();
        time.advance(0);
        assertThat(done).isCompleted();
        assertThat(lifecycle.state()).isEqualTo(BrokerState.STOPPED);
    }

    private void run() {
        lifecycle.start();
        time.advance(0);
        publish(101);
        assertThat(lifecycle.state()).isEqualTo(BrokerState.RUNNING);
    }

    private void publish(long offset) {
        published = offset;
        publishWaiters.forEach(waiter -> waiter.complete(MetadataImage.EMPTY));
        time.advance(60);
    }

    /** Answers at once, or (unreachable) fails when the time is over. */
    private final class FakeController implements ControllerGateway {
        final List<BrokerRegistrationRequestData> registrations = new ArrayList<>();
        final List<BrokerHeartbeatRequestData> heartbeats = new ArrayList<>();
        boolean reachable = true;
        Errors registrationError = Errors.NONE;
        Errors heartbeatError = Errors.NONE;
        long epoch = 100;
        boolean fenced;
        boolean shouldShutDown;
        boolean slow;
        Runnable release = () -> {};

        @Override
        public CompletableFuture<ApiMessage> send(ApiMessage request, long timeoutMs) {
            CompletableFuture<ApiMessage> answer = new CompletableFuture<>();
            if (!reachable) {
                time.schedule(
                        () -> answer.completeExceptionally(new TimeoutException("nobody")),
                        timeoutMs,
                        java.util.concurrent.TimeUnit.MILLISECONDS);
            } else if (request instanceof BrokerRegistrationRequestData registration) {
                registrations.add(registration);
                answer.complete(new BrokerRegistrationResponseData()
                        .setErrorCode(registrationError.code())
                        .setBrokerEpoch(registrationError == Errors.NONE ? epoch : -1));
            } else {
                BrokerHeartbeatRequestData heartbeat = (BrokerHeartbeatRequestData) request;
                heartbeats.add(heartbeat);
                BrokerHeartbeatResponseData response = new BrokerHeartbeatResponseData()
                        .setErrorCode(heartbeatError.code())
                        .setIsFenced(fenced || heartbeat.currentMetadataOffset() <= heartbeat.brokerEpoch())
                        .setShouldShutDown(shouldShutDown);
                release = () -> answer.complete(response);
                if (!slow) {
                    release.run();
                }
            }
            return answer;
        }

        @Override
        public CompletableFuture<ApiMessage> forward(RequestContext context, ApiMessage request, long timeoutMs) {
            throw new UnsupportedOperationException();
        }

        BrokerHeartbeatRequestData lastHeartbeat() {
            return heartbeats.get(heartbeats.size() - 1);
        }
    }
}
