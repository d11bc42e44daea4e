/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.BrokerDirectoriesChanged;
import io.klamm.metadata.fact.Endpoint;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.MetadataVersionFinalized;
import io.klamm.metadata.fact.MetadataVersions;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.PartitionId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Log dirs that are told, fail and come back; each test is a script. */
@NullUnmarked // what is missing fails the test
class DirectoryRuleTest {
    private final ClusterFixture c = new ClusterFixture();
    private final DirectoryRule rule = new DirectoryRule(c.elector);
    private final HeartbeatRule heartbeats = new HeartbeatRule(c.elector);
    private long incarnations = 100;

    DirectoryRuleTest() {
        for (int node : List.of(1, 2, 3)) {
            start(node, -1, dir(node, 1), dir(node, 2));
            c.unfence(node);
        }
        c.withPartition(2, 1, 2, 3);
    }

    private static Uuid dir(int node, int number) {
        return new Uuid(node, number);
    }

    private void start(int node, long previousEpoch, Uuid... dirs) {
        BrokerImage previous = c.image.broker(node);
        BrokerRegistration registration = new BrokerRegistration(
                node,
                ClusterFixture.CLUSTER,
                new Uuid(7, ++incarnations),
                List.of(new Endpoint("PLAINTEXT", "host" + node, 9092, (short) 0)),
                null,
                Arrays.asList(dirs),
                previousEpoch,
                MetadataVersions.OLDEST,
                MetadataVersions.NEWEST);
        c.apply(c.registrar
                .register(c.image, registration, previous == null ? -1 : previous.brokerEpoch())
                .facts());
    }

    private Errors assign(int node, Uuid directory) {
        Decision<DirectoryRule.Answer> decision = rule.assign(
                c.image, node, c.epoch(node), List.of(new DirectoryAssignment(ClusterFixture.PARTITION, directory)));
        c.apply(decision.facts());
        return decision.reply().results().get(0).error();
    }

    private void assignAll() {
        List.of(1, 2, 3).forEach(node -> assertThat(assign(node, dir(node, 2))).isEqualTo(Errors.NONE));
    }

    private List<MetadataFact> heartbeat(int node, Uuid... offline) {
        BrokerHeartbeat heartbeat =
                new BrokerHeartbeat(node, c.epoch(node), c.image.endOffset(), false, false, Arrays.asList(offline));
        List<MetadataFact> facts = heartbeats.decide(c.image, heartbeat, false).facts();
        c.apply(facts);
        return facts;
    }

    @Test
    void anAssignmentIsRecordedUnderTheNextPartitionEpochAndOnce() {
        assertThat(assign(2, dir(2, 1))).isEqualTo(Errors.NONE);
        assertThat(c.state().directory(2)).isEqualTo(dir(2, 1));
        assertThat(c.state().directory(1)).isEqualTo(Uuid.ZERO_UUID);
        assertThat(c.state().partitionEpoch()).isEqualTo(1);
        assertThat(assign(2, dir(2, 1))).isEqualTo(Errors.NONE);
        assertThat(c.state().partitionEpoch()).isEqualTo(1);
        assertThat(c.describe()).isEqualTo("leader 1 epoch 0 isr [1, 2, 3] elr [] lastKnownIsr []");
    }

    @Test
    void whatCannotBeAssignedIsRefusedOneByOne() {
        PartitionId gone = new PartitionId(new Uuid(8, 8), 0);
        PartitionId beyond = new PartitionId(ClusterFixture.TOPIC, 5);
        start(4, -1, dir(4, 1), dir(4, 2));
        List<DirectoryAssignment> all = List.of(
                new DirectoryAssignment(gone, dir(1, 1)),
                new DirectoryAssignment(beyond, dir(1, 1)),
                new DirectoryAssignment(ClusterFixture.PARTITION, dir(1, 1)));
        assertThat(rule.assign(c.image, 1, c.epoch(1), all).reply().results())
                .extracting(DirectoryAssignmentResult::error)
                .containsExactly(Errors.UNKNOWN_TOPIC_ID, Errors.UNKNOWN_TOPIC_OR_PARTITION, Errors.NONE);
        assertThat(assign(4, dir(4, 1))).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(rule.assign(c.image, 1, c.epoch(1) - 1, all).reply().error()).isEqualTo(Errors.STALE_BROKER_EPOCH);
        assertThat(rule.assign(c.image, 9, 1, all).reply().error()).isEqualTo(Errors.STALE_BROKER_EPOCH);
    }

    @Test
    void D5_8_aFailedDirTakesItsReplicasOutOfTheLeadAndTheIsrAndNoOthers() {
        assignAll();
        List<MetadataFact> facts = heartbeat(1, dir(1, 2));
        assertThat(facts.get(0)).isEqualTo(new BrokerDirectoriesChanged(1, c.epoch(1), List.of(dir(1, 1))));
        assertThat(c.describe()).isEqualTo("leader 2 epoch 1 isr [2, 3] elr [] lastKnownIsr []");
        assertThat(c.broker(1).available()).as("it goes on with its other dir").isTrue();
        assertThat(heartbeat(1, dir(1, 2))).as("told again").isEmpty();
        assertThat(heartbeat(2, dir(2, 1)))
                .as("nothing of this partition is there")
                .hasSize(1);
        assertThat(c.describe()).isEqualTo("leader 2 epoch 1 isr [2, 3] elr [] lastKnownIsr []");
    }

    @Test
    void aReplicaInAFailedDirJoinsNoIsr() {
        assignAll();
        heartbeat(3, dir(3, 2));
        assertThat(c.describe()).isEqualTo("leader 1 epoch 0 isr [1, 2] elr [] lastKnownIsr []");
        assertThat(c.changeIsr(1, 2, 3)).isEqualTo(Errors.INELIGIBLE_REPLICA);
    }

    @Test
    void theLastOfTheIsrStaysInItWithoutALead() {
        assignAll();
        heartbeat(1, dir(1, 2));
        heartbeat(3, dir(3, 2));
        heartbeat(2, dir(2, 2));
        assertThat(c.describe()).isEqualTo("leader -1 epoch 2 isr [2] elr [3] lastKnownIsr []");
    }

    @Test
    void aRestartWithTheDirBringsTheReplicaBack() {
        assignAll();
        heartbeat(1, dir(1, 2));
        start(1, -1, dir(1, 1), dir(1, 2));
        c.unfence(1);
        assertThat(c.changeIsr(2, 3, 1)).isEqualTo(Errors.NONE);
    }

    @Test
    void aRestartWithoutTheDirDoesNot() {
        assignAll();
        c.shutDown(1);
        start(1, c.epoch(1), dir(1, 1));
        c.unfence(1);
        assertThat(c.changeIsr(2, 3, 1)).isEqualTo(Errors.INELIGIBLE_REPLICA);
    }

    @Test
    void aReplicaThatWasNotYetToldIsReportedAsOffline() {
        heartbeat(1, dir(1, 2));
        assertThat(c.describe()).as("nobody knows that it was there").startsWith("leader 1 epoch 0 isr [1, 2, 3]");
        assertThat(assign(1, dir(1, 2))).isEqualTo(Errors.NONE);
        assertThat(c.describe()).isEqualTo("leader 2 epoch 1 isr [2, 3] elr [] lastKnownIsr []");
    }

    @Test
    void movedBetweenLiveDirsItKeepsItsPlaces() {
        assignAll();
        assertThat(assign(1, dir(1, 1))).isEqualTo(Errors.NONE);
        assertThat(c.describe()).isEqualTo("leader 1 epoch 0 isr [1, 2, 3] elr [] lastKnownIsr []");
        assertThat(c.state().directory(1)).isEqualTo(dir(1, 1));
    }

    /** The dir was taken out of the configuration, and the log made anew: an empty log must not lead by the old one's merits. */
    @Test
    void createdAnewInsteadOfALostDirItIsNotTrusted() {
        assignAll();
        heartbeat(1, dir(1, 2));
        heartbeat(3, dir(3, 2));
        c.shutDown(2);
        start(2, c.epoch(2), dir(2, 1));
        c.unfence(2);
        assertThat(c.describe())
                .as("in the dir that is gone")
                .startsWith("leader -1 ")
                .contains("isr [2] elr [3]");
        assertThat(assign(2, dir(2, 1))).isEqualTo(Errors.NONE);
        assertThat(c.describe()).startsWith("leader -1 ").endsWith("isr [] elr [3] lastKnownIsr [2]");
        start(3, -1, dir(3, 1), dir(3, 2));
        c.unfence(3);
        assertThat(c.recover(Map.of(2, new long[] {-1, 0}, 3, new long[] {1, 70})))
                .isTrue();
        assertThat(c.state().leader()).as("the longest log").isEqualTo(3);
    }

    @Test
    void untilAllBrokersUnderstandItAFailedDirIsNotRecorded() {
        ClusterFixture old = ClusterFixture.withBrokers(1, 2);
        assertThat(old.image.metadataVersion()).isEqualTo((short) 1);
        BrokerHeartbeat heartbeat = new BrokerHeartbeat(
                1,
                old.epoch(1),
                old.image.endOffset(),
                false,
                false,
                old.broker(1).registration().logDirs());
        assertThat(heartbeats.decide(old.image, heartbeat, false).facts()).isEmpty();
    }

    @Test
    void theLevelIsFinalisedWhenTheLastBrokerSupportsIt() {
        assertThat(c.image.metadataVersion()).isEqualTo(MetadataVersions.NEWEST);
        ClusterFixture old = ClusterFixture.withBrokers(1, 2);
        List<MetadataFact> facts = new ArrayList<>();
        for (int node : List.of(1, 2)) {
            BrokerRegistration upgraded = new BrokerRegistration(
                    node,
                    ClusterFixture.CLUSTER,
                    new Uuid(8, node),
                    List.of(new Endpoint("PLAINTEXT", "host" + node, 9092, (short) 0)),
                    null,
                    List.of(dir(node, 1)),
                    -1,
                    (short) 1,
                    (short) 9);
            facts.clear();
            facts.addAll(
                    old.registrar.register(old.image, upgraded, old.epoch(node)).facts());
            old.apply(facts);
            assertThat(facts.stream().anyMatch(MetadataVersionFinalized.class::isInstance))
                    .isEqualTo(node == 2);
        }
        assertThat(old.image.metadataVersion()).isEqualTo(MetadataVersions.NEWEST);
    }
}
