/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import static io.klamm.metadata.quorum.TestQuorum.await;
import static io.klamm.metadata.quorum.TestQuorum.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.metadata.fact.Voter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class QuorumFormingTest {
    @TempDir
    Path dir;

    @Test
    void formsOnlyWhenEveryVoterAnswers() throws Exception {
        try (TestQuorum quorum = new TestQuorum("cluster", dir, 3)) {
            AtomicInteger refused = new AtomicInteger();
            VoterProbe counting = voter -> {
                if (!quorum.nodes.containsKey(voter.nodeId())) {
                    refused.incrementAndGet();
                }
                return quorum.probe(voter);
            };
            for (int id = 1; id <= 2; id++) {
                TestQuorum.Node node = quorum.open(id);
                node.start = node.quorum.start(counting);
            }
            awaitTrue("both have asked voter 3 more than once", () -> refused.get() >= 6);
            for (TestQuorum.Node node : quorum.nodes.values()) {
                assertThat(node.start).isNotDone();
                assertThat(node.quorum.member()).isNotDone();
                assertThat(node.quorum.status().state()).isEqualTo(VoterStatus.State.EMPTY);
                assertThat(node.quorum.leaderId()).isEqualTo(-1);
            }

            quorum.start(3);
            quorum.awaitLeader();
            quorum.awaitAll(2);
            for (TestQuorum.Node node : quorum.nodes.values()) {
                awaitTrue("formed", () -> node.quorum.status().state() == VoterStatus.State.FORMED);
                assertThat(node.quorum.status().voters()).hasSize(3);
                assertThat(node.quorum.member()).succeedsWithin(TestQuorum.PATIENCE);
            }
            quorum.kill(3);
            assertThat(quorum.open(3).quorum.member())
                    .as("known from the start before")
                    .isCompleted();
        }
    }

    @Test
    void aVoterThatWasAskedWhileEmptyMayJoinTheFormedQuorum() throws Exception {
        try (TestQuorum quorum = new TestQuorum("cluster", dir, 3)) {
            quorum.open(3); // answers, but is slow to start
            quorum.start(1);
            quorum.start(2);
            TestQuorum.Node slow = quorum.node(3);
            quorum.awaitLeader();
            assertThat(slow.quorum.status().state()).isEqualTo(VoterStatus.State.EMPTY);

            slow.start = slow.quorum.start(quorum::probe);
            quorum.append("a", "1");
            quorum.awaitAll(3);
        }
    }

    @Test
    void aVoterThatStopsWhileFormingGoesOnWithoutAsking() throws Exception {
        try (TestQuorum quorum = new TestQuorum("cluster", dir, 3)) {
            quorum.open(2);
            quorum.open(3);
            quorum.start(1);
            assertThat(quorum.node(1).start).succeedsWithin(TestQuorum.PATIENCE);
            assertThat(quorum.node(1).quorum.status().state()).isEqualTo(VoterStatus.State.FORMING);
            quorum.kill(1);

            TestQuorum.Node again = quorum.start(1);
            assertThat(again.start).succeedsWithin(TestQuorum.PATIENCE);
            for (int id = 2; id <= 3; id++) {
                TestQuorum.Node node = quorum.node(id);
                node.start = node.quorum.start(quorum::probe);
            }
            quorum.awaitLeader();
            quorum.awaitAll(2);
        }
    }

    @Test
    void aWipedVoterIsRefused() throws Exception {
        try (TestQuorum quorum = new TestQuorum("cluster", dir, 3)) {
            quorum.startAll();
            quorum.awaitLeader();
            quorum.awaitAll(2);
            quorum.kill(3);
            delete(quorum.config(3).directory());

            TestQuorum.Node wiped = quorum.start(3);
            assertThat(wiped.start)
                    .failsWithin(TestQuorum.PATIENCE)
                    .withThrowableThat()
                    .withCauseInstanceOf(QuorumStartException.class)
                    .withMessageContaining("node 3 has forgotten its votes")
                    .withMessageContaining("klamm quorum replace 3");
            assertThat(wiped.quorum.member()).failsWithin(TestQuorum.PATIENCE);
            assertThat(wiped.quorum.status().state()).isEqualTo(VoterStatus.State.EMPTY);
            wiped.start = CompletableFuture.completedFuture(null);
        }
    }

    @Test
    void aVoterThatOnlyLostItsRaftStorageIsRefused() throws Exception {
        try (TestQuorum quorum = new TestQuorum("cluster", dir, 1)) {
            quorum.startAll();
            quorum.awaitLeader();
            quorum.kill(1);
            delete(quorum.config(1).directory().resolve("raft"));
            assertThatThrownBy(() -> quorum.open(1))
                    .isInstanceOf(QuorumStartException.class)
                    .hasMessageContaining("lost its Raft storage");
        }
    }

    @Test
    void aVoterThatIsBeingFormedWithAnotherDirectoryStopsTheNewOne() throws Exception {
        try (TestQuorum quorum = new TestQuorum("cluster", dir, 3)) {
            List<Voter> others = quorum.voters.stream()
                    .map(voter -> new Voter(voter.nodeId(), Uuid.randomUuid(), voter.host(), voter.port()))
                    .toList();
            TestQuorum.Node node = quorum.open(1);
            node.start = node.quorum.start(voter -> CompletableFuture.completedFuture(new VoterStatus(
                    voter.nodeId(),
                    others.get(voter.nodeId() - 1).directoryId(),
                    VoterStatus.State.FORMING,
                    others,
                    0)));
            assertThat(node.start)
                    .failsWithin(TestQuorum.PATIENCE)
                    .withThrowableThat()
                    .withCauseInstanceOf(QuorumStartException.class)
                    .withMessageContaining("being formed");
        }
    }

    @Test
    void aNodeThatAnswersUnderAnotherIdIsNamed() throws Exception {
        try (TestQuorum quorum = new TestQuorum("cluster", dir, 2)) {
            TestQuorum.Node node = quorum.open(1);
            node.start = node.quorum.start(voter -> CompletableFuture.completedFuture(
                    new VoterStatus(7, Uuid.randomUuid(), VoterStatus.State.EMPTY, List.of(), 0)));
            assertThat(node.start)
                    .failsWithin(TestQuorum.PATIENCE)
                    .withThrowableThat()
                    .withMessageContaining("answers as node 7");
        }
    }

    @Test
    void aDirectoryOfAnotherClusterOrNodeOrKafkaIsRefused() throws Exception {
        Path directory = dir.resolve("voter");
        VoterDirectory.open(directory, "a", 1).close();
        assertThatThrownBy(() -> VoterDirectory.open(directory, "b", 1))
                .isInstanceOf(QuorumStartException.class)
                .hasMessageContaining("belongs to cluster a");
        assertThatThrownBy(() -> VoterDirectory.open(directory, "a", 2))
                .isInstanceOf(QuorumStartException.class)
                .hasMessageContaining("belongs to node 1");
        Path kafka = Files.createDirectory(dir.resolve("kafka"));
        Files.writeString(kafka.resolve("meta.properties"), "version=1\n");
        assertThatThrownBy(() -> VoterDirectory.open(kafka, "a", 1))
                .isInstanceOf(QuorumStartException.class)
                .hasMessageContaining("Apache Kafka");
        Path stray = Files.createDirectories(dir.resolve("stray"));
        Files.createDirectory(stray.resolve("raft"));
        assertThatThrownBy(() -> VoterDirectory.open(stray, "a", 1))
                .isInstanceOf(QuorumStartException.class)
                .hasMessageContaining("no voter.identity");
    }

    @Test
    void aDamagedIdentityIsRefused() throws Exception {
        VoterDirectory.open(dir, "a", 1).close();
        Path file = dir.resolve("voter.identity");
        Files.writeString(file, Files.readString(file).replace("node.id=1", "node.id=2"));
        assertThatThrownBy(() -> VoterDirectory.open(dir, "a", 2))
                .isInstanceOf(QuorumStartException.class)
                .hasMessageContaining("damaged");
    }

    @Test
    void aDirectoryIsUsedOnce() throws Exception {
        VoterDirectory first = VoterDirectory.open(dir, "a", 1);
        assertThatThrownBy(() -> VoterDirectory.open(dir, "a", 1))
                .isInstanceOf(QuorumStartException.class)
                .hasMessageContaining("in use");
        first.close();
        VoterDirectory.open(dir, "a", 1).close();
    }

    @Test
    void theIdentityComesBackAsWritten() {
        List<Voter> voters = List.of(
                new Voter(1, Uuid.randomUuid(), "::1", 9093), new Voter(2, Uuid.randomUuid(), "host-b.example", 9095));
        VoterIdentity identity = VoterIdentity.fresh("c:=1", 2, Uuid.randomUuid());
        assertThat(VoterIdentity.parse(identity.format())).isEqualTo(identity);
        VoterIdentity formed = identity.forming(voters).formed(voters, 0);
        assertThat(VoterIdentity.parse(formed.format())).isEqualTo(formed);
        assertThat(VoterIdentity.nodeIdOf(formed.peerId())).isEqualTo(2);
        VoterIdentity joined = identity.joining().formed(voters, 17);
        assertThat(VoterIdentity.parse(joined.format())).isEqualTo(joined);
        assertThat(VoterIdentity.nodeIdOf(joined.peerId())).isEqualTo(2);
        assertThat(joined.peerId()).isNotEqualTo(formed.peerId());
        assertThat(VoterIdentity.directoryOf(joined.peerId())).isEqualTo(identity.directoryId());
        assertThat(VoterIdentity.directoryOf(formed.peerId())).isNull();
        assertThatThrownBy(() -> VoterIdentity.parse(formed.format().replace("klamm-voter 1", "klamm-voter 2")))
                .hasMessageContaining("format version 2");
    }

    @Test
    void portsThatCannotWorkAreNamed() throws Exception {
        Voter a = new Voter(1, Uuid.ZERO_UUID, "127.0.0.1", 60_000);
        Voter b = new Voter(2, Uuid.ZERO_UUID, "127.0.0.1", 50_000);
        assertThatThrownBy(() -> VoterAddresses.check(ports(List.of(a, b), 10_000)))
                .isInstanceOf(QuorumStartException.class)
                .hasMessageContaining("70000");
        assertThatThrownBy(() -> VoterAddresses.check(ports(List.of(a, b), -10_000)))
                .isInstanceOf(QuorumStartException.class)
                .hasMessageContaining("would both listen on 127.0.0.1:50000");
        assertThatThrownBy(() -> VoterAddresses.check(ports(List.of(b), 10)))
                .isInstanceOf(QuorumStartException.class)
                .hasMessageContaining("not among controller.quorum.voters");
        VoterAddresses.check(ports(List.of(a, b), 100));
    }

    @Test
    void aTakenPortIsAClearError() throws Exception {
        try (TestQuorum quorum = new TestQuorum("cluster", dir, 1);
                ServerSocket taken = new ServerSocket()) {
            int port = VoterAddresses.raftPort(quorum.voters.get(0), quorum.config(1));
            taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            TestQuorum.Node node = quorum.open(1);
            node.start = node.quorum.start(quorum::probe);
            assertThat(node.start)
                    .failsWithin(TestQuorum.PATIENCE)
                    .withThrowableThat()
                    .withCauseInstanceOf(QuorumStartException.class)
                    .withMessageContaining("127.0.0.1:" + port);
        }
    }

    @Test
    void closingWhileFormingEndsTheWait() throws Exception {
        try (TestQuorum quorum = new TestQuorum("cluster", dir, 2)) {
            TestQuorum.Node node = quorum.start(1);
            node.quorum.close();
            assertThat(node.start).failsWithin(TestQuorum.PATIENCE);
            await("the directory is free", () -> {
                try {
                    VoterDirectory.open(quorum.config(1).directory(), "cluster", 1)
                            .close();
                    return true;
                } catch (QuorumStartException | IOException e) {
                    return null;
                }
            });
        }
    }

    private QuorumConfig ports(List<Voter> voters, int offset) {
        return new QuorumConfig(1, "cluster", voters, dir, offset, 150, 300, Map.of());
    }

    private static void delete(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException failure) throws IOException {
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
