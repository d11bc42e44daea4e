/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import static io.klamm.replication.partition.ReplicaLocations.LOST;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.MetadataDelta;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.model.Batches;
import io.klamm.replication.model.FixedSettings;
import io.klamm.replication.model.Images;
import io.klamm.replication.model.InMemoryLogs;
import io.klamm.replication.model.VirtualTime;
import io.klamm.storage.log.LogConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class LocalReplicasTest {
    private static final Uuid TOPIC = new Uuid(1, 1);
    private static final PartitionId LED = new PartitionId(TOPIC, 0);
    private static final PartitionId FOLLOWED = new PartitionId(TOPIC, 1);
    private static final PartitionId ELSEWHERE = new PartitionId(TOPIC, 2);
    private static final Uuid INCARNATION = new Uuid(7, 1);

    private final VirtualTime time = new VirtualTime();
    private final FixedSettings settings = new FixedSettings();
    private final InMemoryLogs logs = new InMemoryLogs(new Uuid(3, 3));
    private final List<String> assignments = new ArrayList<>();
    private final List<Uuid> replacedBy = new ArrayList<>();
    private final Map<PartitionId, Uuid> located = new TreeMap<>();
    private Map<PartitionId, Long> saved = Map.of();
    private MetadataImage image = MetadataImage.EMPTY;
    private final LocalReplicas replicas = open();

    private LocalReplicas open() {
        return new LocalReplicas(
                new ReplicaContext(
                        1, time, time, proposal -> new CompletableFuture<>(), located::put, settings, () -> image),
                INCARNATION,
                logs,
                Runnable::run,
                new FollowerAssignments() {
                    @Override
                    public void assign(List<Assignment> changes) {
                        changes.forEach(
                                change -> assignments.add(change.replica().id().partition() + "<-" + change.leaderId()
                                        + "@" + change.leaderEpoch()));
                    }

                    @Override
                    public void close() {
                        assignments.add("closed");
                    }
                },
                new HighWatermarks() {
                    @Override
                    public Map<PartitionId, Long> load() {
                        return saved;
                    }

                    @Override
                    public void save(Map<PartitionId, Long> offsets) {
                        saved = Map.copyOf(offsets);
                    }
                },
                replacedBy::add);
    }

    private void publish(MetadataImage next) {
        MetadataImage before = image;
        image = next;
        replicas.onMetadata(MetadataDelta.between(before, next));
    }

    private static LocalReplica held(LocalReplicas replicas, PartitionId id) {
        return Objects.requireNonNull(replicas.replica(id));
    }

    private static MetadataImage threePartitions() {
        MetadataImage next = Images.withBrokers(MetadataImage.EMPTY, 1, 2, 3);
        next = Images.created(next, LED, "t", Images.state(List.of(1, 2), List.of(1, 2), 1, 3, 1));
        next = Images.created(next, FOLLOWED, "t", Images.state(List.of(2, 1), List.of(2, 1), 2, 4, 1));
        return Images.created(next, ELSEWHERE, "t", Images.state(List.of(2, 3), List.of(2, 3), 2, 0, 1));
    }

    @Test
    void rolesFollowTheImage() {
        publish(threePartitions());
        assertThat(held(replicas, LED).isLeader()).isTrue();
        assertThat(held(replicas, FOLLOWED).isLeader()).isFalse();
        assertThat(replicas.replica(ELSEWHERE)).isNull();
        assertThat(assignments).containsExactly("0<--1@3", "1<-2@4");
        assertThat(logs.log(LED).epochs()).containsEntry(3, 0L);

        assignments.clear();
        publish(Images.changed(image, LED, Images.state(List.of(1, 2), List.of(2), 2, 4, 2)));
        assertThat(held(replicas, LED).isLeader()).isFalse();
        assertThat(assignments).containsExactly("0<-2@4");
    }

    @Test
    void nothingHappensBeforeTheOwnRegistrationIsThere() throws Exception {
        logs.openOrCreate("t", TOPIC, 0, LogConfig.DEFAULT);
        InMemoryLogs restarted = logs.reopen(false);
        MetadataImage history = Images.registered(threePartitions(), 1, new Uuid(99, 99));
        publish(MetadataImage.EMPTY);
        publish(history);
        assertThat(replicas.replicas()).isEmpty();
        assertThat(logs.deleted).isEmpty();
        assertThat(restarted.strays()).hasSize(1);
        publish(Images.registered(history, 1, INCARNATION));
        assertThat(replicas.replicas()).hasSize(2);
    }

    @Test
    void aLogForWhichThereIsNoRoomIsTriedAgainAndAnotherReplicaLeadsMeanwhile() throws Exception {
        logs.full = true;
        publish(threePartitions());
        assertThat(held(replicas, LED).log()).isNull();
        assertThat(located).containsOnly(Map.entry(LED, LOST), Map.entry(FOLLOWED, LOST));
        PartitionState elsewhere =
                Images.state(List.of(1, 2), List.of(2), 2, 4, 2).withDirectory(1, LOST);
        publish(Images.changed(image, LED, elsewhere));
        time.advanceMs(10_000);
        assertThat(held(replicas, LED).log()).isNull();
        assignments.clear();
        located.clear();

        logs.full = false;
        time.advanceMs(10_000);
        assertThat(held(replicas, LED).log()).isNotNull();
        assertThat(held(replicas, LED).isLeader()).isFalse();
        assertThat(held(replicas, FOLLOWED).log()).isNotNull();
        assertThat(assignments).containsExactlyInAnyOrder("0<-2@4", "1<-2@4");
        Uuid dir = new Uuid(3, 3);
        assertThat(located).containsOnly(Map.entry(LED, dir), Map.entry(FOLLOWED, dir));
        assignments.clear();
        time.advanceMs(10_000);
        assertThat(assignments).as("nothing is left to be tried").isEmpty();
    }

    @Test
    void aLogForWhichThereIsNoRoomIsForgottenWithItsReplica() {
        logs.full = true;
        publish(threePartitions());
        publish(Images.changed(image, LED, Images.state(List.of(2, 3), List.of(2), 2, 4, 2)));
        logs.full = false;
        time.advanceMs(10_000);
        assertThat(replicas.replica(LED)).isNull();
        assertThat(logs.log(LED)).isNull();
        assertThat(held(replicas, FOLLOWED).log()).isNotNull();
    }

    @Test
    void theControllerIsToldWhereReplicasAreWhenItDoesNotKnow() {
        publish(threePartitions());
        Uuid dir = new Uuid(3, 3);
        assertThat(located).containsOnly(Map.entry(LED, dir), Map.entry(FOLLOWED, dir));
        located.clear();
        PartitionState known = Objects.requireNonNull(image.partition(LED))
                .withDirectory(1, dir)
                .confirmed();
        publish(image.apply(List.of(new PartitionChanged(TOPIC, LED.partition(), known))));
        assertThat(located).as("it knows now").isEmpty();
        replicas.directoryFailed(dir, new IOException("Input/output error"));
        assertThat(located).as("of the other it does not").containsOnly(Map.entry(FOLLOWED, dir));
        assertThat(held(replicas, LED).log()).isNull();
    }

    @Test
    void aLogThatCannotBeFoundIsToldAsLost() {
        logs.failing = true;
        publish(threePartitions());
        assertThat(located).containsEntry(LED, ReplicaLocations.LOST).containsEntry(FOLLOWED, ReplicaLocations.LOST);
    }

    @Test
    void straysAreDeletedWithTheFirstImageOfThisProcess() throws Exception {
        InMemoryLogs before = new InMemoryLogs(new Uuid(3, 3));
        before.openOrCreate("t", TOPIC, 0, LogConfig.DEFAULT);
        before.openOrCreate("t", TOPIC, 2, LogConfig.DEFAULT);
        before.openOrCreate("gone", new Uuid(8, 8), 0, LogConfig.DEFAULT);
        InMemoryLogs onDisk = before.reopen(false);
        LocalReplicas restarted = new LocalReplicas(
                new ReplicaContext(
                        1, time, time, proposal -> new CompletableFuture<>(), located::put, settings, () -> image),
                INCARNATION,
                onDisk,
                Runnable::run,
                new NoAssignments(),
                new NoHighWatermarks(),
                other -> {});
        image = threePartitions();
        restarted.onMetadata(MetadataDelta.between(MetadataImage.EMPTY, image));
        assertThat(onDisk.deleted).containsExactly(ELSEWHERE, new PartitionId(new Uuid(8, 8), 0));
        assertThat(onDisk.log(LED)).isNotNull();
    }

    @Test
    void deletedTopicsAndRemovedReplicasLeave() {
        publish(threePartitions());
        LocalReplica led = held(replicas, LED);
        List<AppendOutcome> parked = new ArrayList<>();
        led.append(Batches.of(1), (short) -1, time.getAsLong() + 1_000_000_000L, parked::add);
        publish(Images.changed(image, FOLLOWED, Images.state(List.of(2, 3), List.of(2), 2, 5, 2)));
        assertThat(replicas.replica(FOLLOWED)).isNull();
        assertThat(logs.deleted).containsExactly(FOLLOWED);

        publish(Images.deleted(image, TOPIC));
        assertThat(replicas.replicas()).isEmpty();
        assertThat(logs.deleted).containsExactly(FOLLOWED, LED);
        assertThat(parked).extracting(AppendOutcome::error).containsExactly(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(led.fetch(ReplicaFixture.consumerSpec(0, false)).error()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void aReplacedProcessServesNothing() {
        publish(threePartitions());
        LocalReplica led = held(replicas, LED);
        publish(Images.registered(image, 1, new Uuid(99, 99)));
        assertThat(led.isLeader()).isFalse();
        publish(Images.changed(image, LED, Images.state(List.of(1, 2), List.of(1, 2), 1, 9, 9)));
        assertThat(led.isLeader()).isFalse();
    }

    @Test
    void aReplacedProcessSaysSoOnceAndNeverComesBack() {
        publish(threePartitions());
        publish(Images.registered(image, 1, new Uuid(99, 99)));
        publish(Images.registered(image, 1, INCARNATION)); // the other one is gone, and this one has registered again
        publish(Images.registered(image, 1, new Uuid(98, 98)));
        assertThat(replacedBy).containsExactly(new Uuid(99, 99));
        assertThat(held(replicas, LED).isLeader()).isFalse();
    }

    @Test
    void theControllersQuestionIsAnsweredInAnyRoleButOnlyInTheLeaderEpochItIsAskedFor() {
        publish(threePartitions());
        publish(Images.changed(image, LED, Images.state(List.of(1, 2), List.of(), -1, 4, 2)));
        LocalReplica leaderless = held(replicas, LED);
        assertThat(leaderless.epochEnd(4, Integer.MAX_VALUE, -2).error()).isEqualTo(Errors.NONE);
        assertThat(leaderless.epochEnd(3, Integer.MAX_VALUE, -2).error()).isEqualTo(Errors.FENCED_LEADER_EPOCH);
        assertThat(leaderless.epochEnd(5, Integer.MAX_VALUE, -2).error()).isEqualTo(Errors.UNKNOWN_LEADER_EPOCH);
    }

    @Test
    void changedSettingsReachLogsAndLeaders() {
        publish(threePartitions());
        List<AppendOutcome> outcomes = new ArrayList<>();
        settings.minInsyncReplicas = 1;
        settings.logConfig = FixedSettings.durable();
        publish(Images.changed(image, LED, Images.state(List.of(1, 2), List.of(1), 1, 3, 2)));
        publish(Images.then(image, new ConfigChanged(ConfigResourceType.TOPIC, "t", "flush.messages", "1")));
        assertThat(logs.log(LED).config().flush().messages()).isEqualTo(1);
        held(replicas, LED).append(Batches.of(1), (short) -1, time.getAsLong() + 1_000_000_000L, outcomes::add);
        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.NONE);
    }

    @Test
    void aLogThatCannotBeOpenedIsAnOfflineReplica() {
        logs.failing = true;
        publish(threePartitions());
        LocalReplica led = held(replicas, LED);
        assertThat(led.log()).isNull();
        assertThat(led.fetch(ReplicaFixture.consumerSpec(0, false)).error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(assignments).containsExactly("0<--1@-1", "1<--1@-1");
    }

    @Test
    void D5_8_aFailedDirectoryTakesItsReplicasOffline() {
        publish(threePartitions());
        replicas.directoryFailed(new Uuid(4, 4), new IOException("another one"));
        assertThat(held(replicas, LED).isLeader()).isTrue();
        replicas.directoryFailed(new Uuid(3, 3), new IOException("Input/output error"));
        assertThat(held(replicas, LED).isLeader()).isFalse();
        assertThat(held(replicas, FOLLOWED).fetchPosition(4)).isNull();
    }

    @Test
    void highWatermarksSurviveARestart() {
        settings.minInsyncReplicas = 1;
        publish(threePartitions());
        publish(Images.changed(image, LED, Images.state(List.of(1, 2), List.of(1), 1, 3, 2)));
        held(replicas, LED).append(Batches.of(1, 2), (short) 1, 0, outcome -> {});
        assertThat(held(replicas, LED).highWatermark()).isEqualTo(2);
        time.advanceMs(settings.highWatermarkCheckpointMs());
        assertThat(saved).containsEntry(LED, 2L);

        LocalReplicas restarted = open();
        settings.minInsyncReplicas = 2;
        restarted.onMetadata(MetadataDelta.between(MetadataImage.EMPTY, image));
        assertThat(held(restarted, LED).highWatermark()).isEqualTo(2);
    }

    @Test
    void closingCompletesWhatIsParked() {
        publish(threePartitions());
        List<AppendOutcome> parked = new ArrayList<>();
        held(replicas, LED).append(Batches.of(1), (short) -1, time.getAsLong() + 1_000_000_000L, parked::add);
        replicas.close();
        replicas.close();
        assertThat(parked).extracting(AppendOutcome::error).containsExactly(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(assignments).endsWith("closed");
    }

    private static final class NoAssignments implements FollowerAssignments {
        @Override
        public void assign(List<Assignment> changes) {}

        @Override
        public void close() {}
    }

    private static final class NoHighWatermarks implements HighWatermarks {
        @Override
        public Map<PartitionId, Long> load() {
            return Map.of();
        }

        @Override
        public void save(Map<PartitionId, Long> offsets) {}
    }
}
