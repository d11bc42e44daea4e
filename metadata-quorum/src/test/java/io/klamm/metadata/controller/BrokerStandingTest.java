/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Who is registered, fenced and let go. */
@NullUnmarked // what is missing fails the test
class BrokerStandingTest {
    @Test
    void aSilentBrokerIsFencedAfterTheSessionTimeoutAndARefusingOneAtOnce() {
        ControllerWorld world = new ControllerWorld(5).withBrokers(1, 2, 3);
        world.create("t", 1, 3);
        world.brokers.refusing.add(2);
        world.controller().connectionLost(2, world.quorum.image.broker(2).brokerEpoch());
        world.executor.advance(50);
        assertThat(world.quorum.image.broker(2).fenced()).isTrue();
        for (int i = 0; i < 5; i++) {
            world.executor.advance(ControllerWorld.SESSION_MS / 5);
            world.heartbeat(1);
        }
        world.executor.advance(ControllerWorld.SESSION_MS / 5);
        assertThat(world.quorum.image.broker(3).fenced()).isTrue();
        assertThat(world.quorum.image.broker(1).fenced()).isFalse();
        assertThat(world.state("t").isr()).containsExactly(1);
    }

    @Test
    void aPauseOfTheControllerItselfFencesNobody() {
        ControllerWorld world = new ControllerWorld(6).withBrokers(1, 2);
        world.executor.pause(ControllerWorld.SESSION_MS * 2);
        world.executor.advance(100);
        assertThat(world.quorum.image.broker(1).fenced()).isFalse();
        assertThat(world.quorum.image.broker(2).fenced()).isFalse();
        world.executor.advance(ControllerWorld.SESSION_MS + 200);
        assertThat(world.quorum.image.broker(1).fenced()).isTrue();
    }

    @Test
    void aNewControllerFencesThoseThatRefuseTogetherAndGivesTheOthersASession() {
        ControllerWorld world = new ControllerWorld(7).withBrokers(1, 2, 3);
        world.create("t", 1, 3);
        world.brokers.refusing.addAll(Set.of(1, 2, 3));
        world.elect(1);
        world.executor.advance(200);
        assertThat(world.state("t").isr()).as("all died together, all stay").hasSize(3);
        assertThat(world.state("t").hasLeader()).isFalse();

        ControllerWorld silent = new ControllerWorld(8).withBrokers(1, 2);
        silent.brokers.silent.add(1);
        silent.brokers.refusing.add(2);
        silent.elect(1);
        silent.executor.advance(200);
        assertThat(silent.quorum.image.broker(2).fenced())
                .as("does not wait for the silent one")
                .isTrue();
        assertThat(silent.quorum.image.broker(1).fenced()).isFalse();
        silent.executor.advance(ControllerWorld.SESSION_MS);
        assertThat(silent.quorum.image.broker(1).fenced()).isTrue();
    }

    @Test
    void D5_9_aSecondProcessUnderALivingNodeIdIsRefusedUntilTheFirstIsGone() {
        ControllerWorld world = new ControllerWorld(9).withBrokers(1);
        long epoch = world.quorum.image.broker(1).brokerEpoch();
        assertThat(world.register(1, -1).error()).isEqualTo(Errors.DUPLICATE_BROKER_REGISTRATION);
        world.controller().connectionLost(1, epoch);
        world.executor.runDue();
        assertThat(world.quorum.image.broker(1).fenced())
                .as("something listens there")
                .isFalse();
        RegistrationReply reply = world.register(1, -1);
        assertThat(reply.error()).isEqualTo(Errors.NONE);
        assertThat(reply.brokerEpoch()).isGreaterThan(epoch);
        assertThat(world.quorum.image.broker(1).registration().cleanShutdown()).isFalse();
    }

    @Test
    void D5_9_aNewIncarnationTakesOverAtOnceWhenTheConnectionOfTheOldOneIsRefused() {
        ControllerWorld world = new ControllerWorld(21).withBrokers(1);
        long epoch = world.quorum.image.broker(1).brokerEpoch();
        world.brokers.refusing.add(1);
        RegistrationReply reply = world.register(1, -1);
        assertThat(reply.error()).isEqualTo(Errors.NONE);
        assertThat(reply.brokerEpoch()).isGreaterThan(epoch);
    }

    @Test
    void D5_9_aBrokerIsUnfencedOnlyWhenItHasPublishedItsRegistration() {
        ControllerWorld world = new ControllerWorld(22);
        long epoch = world.register(1, -1).brokerEpoch();
        assertThat(world.get(world.controller().heartbeat(new BrokerHeartbeat(1, epoch, epoch, false, false)))
                        .fenced())
                .as("its own registration is the fact at its broker epoch, an end offset at it does not hold it")
                .isTrue();
        assertThat(world.get(world.controller().heartbeat(new BrokerHeartbeat(1, epoch, epoch + 1, false, false)))
                        .fenced())
                .isFalse();
    }

    @Test
    void D5_9_aFalselyFencedBrokerKeepsItsEpochAndIsUnfencedByItsHeartbeat() {
        ControllerWorld world = new ControllerWorld(23).withBrokers(1, 2);
        long epoch = world.quorum.image.broker(2).brokerEpoch();
        for (int i = 0; i < 10; i++) {
            world.executor.advance(ControllerWorld.SESSION_MS / 5);
            world.heartbeat(1);
        }
        assertThat(world.quorum.image.broker(2).fenced())
                .as("silent for too long")
                .isTrue();
        assertThat(world.heartbeat(2).fenced()).isFalse();
        assertThat(world.quorum.image.broker(2).fenced()).isFalse();
        assertThat(world.quorum.image.broker(2).brokerEpoch()).isEqualTo(epoch);
    }

    @Test
    void aRegistrationWhoseSenderHasGoneDoesNotDisplaceItsSuccessor() {
        ControllerWorld world = new ControllerWorld(9).withBrokers(1);
        BrokerRegistration dead = world.registration(1, -1);
        world.brokers.refusing.add(1);
        world.controller().connectionLost(1, world.quorum.image.broker(1).brokerEpoch());
        world.executor.advance(50);
        RegistrationReply successor = world.register(1, -1);
        assertThat(successor.error()).isEqualTo(Errors.NONE);

        // The successor is still fenced: no proof of its death would be asked for.
        RegistrationReply late = world.get(world.controller().register(dead, () -> false));

        assertThat(late.error()).isEqualTo(Errors.DUPLICATE_BROKER_REGISTRATION);
        assertThat(world.quorum.image.broker(1).brokerEpoch()).isEqualTo(successor.brokerEpoch());
    }

    @Test
    void theSameProcessMayRegisterAgain() {
        ControllerWorld world = new ControllerWorld(10);
        BrokerRegistration registration = world.registration(1, -1);
        RegistrationReply first = world.get(world.controller().register(registration));
        int entries = world.quorum.log.size();
        assertThat(world.get(world.controller().register(registration))).isEqualTo(first);
        assertThat(world.quorum.log).hasSize(entries);
    }

    @Test
    void registrationsThatDoNotFitAreRefused() {
        ControllerWorld world = new ControllerWorld(11);
        BrokerRegistration good = world.registration(1, -1);
        assertThat(world.get(world.controller()
                                .register(new BrokerRegistration(
                                        1,
                                        "other",
                                        good.incarnationId(),
                                        good.endpoints(),
                                        null,
                                        good.logDirs(),
                                        -1,
                                        (short) 1,
                                        (short) 1)))
                        .error())
                .isEqualTo(Errors.INCONSISTENT_CLUSTER_ID);
        assertThat(world.get(world.controller()
                                .register(new BrokerRegistration(
                                        1,
                                        good.clusterId(),
                                        good.incarnationId(),
                                        good.endpoints(),
                                        null,
                                        good.logDirs(),
                                        -1,
                                        (short) 2,
                                        (short) 3)))
                        .error())
                .isEqualTo(Errors.UNSUPPORTED_VERSION);
        assertThat(world.get(world.controller()
                                .register(new BrokerRegistration(
                                        1,
                                        good.clusterId(),
                                        good.incarnationId(),
                                        List.of(),
                                        null,
                                        good.logDirs(),
                                        -1,
                                        (short) 1,
                                        (short) 1)))
                        .error())
                .isEqualTo(Errors.INVALID_REGISTRATION);
    }

    @Test
    void aControlledShutdownWaitsUntilTheOthersHaveTakenOver() {
        ControllerWorld world = new ControllerWorld(15).withBrokers(1, 2);
        world.create("t", 1, 2);
        int leader = world.state("t").leader();
        int other = 3 - leader;
        assertThat(world.heartbeat(leader, true).shouldShutDown()).isFalse();
        assertThat(world.state("t").leader()).isEqualTo(other);
        assertThat(world.heartbeat(leader, true).shouldShutDown())
                .as("the other has not published it")
                .isFalse();
        world.heartbeat(other);
        HeartbeatReply reply = world.heartbeat(leader, true);
        assertThat(reply.shouldShutDown()).isTrue();
        assertThat(world.quorum.image.broker(leader).fenced()).isTrue();
    }

    @Test
    void aRegistrationThatWaitsForADialFailsWithLeadership() {
        ControllerWorld world = new ControllerWorld(20).withBrokers(1);
        world.brokers.hanging = true;
        CompletableFuture<?> waiting = world.controller().register(world.registration(1, -1));
        world.executor.advance(100);
        assertThat(waiting).isNotDone();
        world.elect(1);
        assertThat(waiting).isCompletedExceptionally();
    }
}
