/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import static io.klamm.metadata.quorum.TestQuorum.PATIENCE;
import static io.klamm.metadata.quorum.TestQuorum.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.controller.NotActiveControllerException;
import io.klamm.metadata.fact.MetadataVersionFinalized;
import io.klamm.metadata.fact.MetadataVersions;
import io.klamm.metadata.fact.Voter;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Voters that come, go and take each other's place, on real Ratis. */
@Timeout(90)
@Execution(ExecutionMode.CONCURRENT)
class QuorumMembershipTest {
    @TempDir
    Path dir;

    @Test
    void growsFromOneToThreeAndShrinks() throws Exception {
        try (TestQuorum quorum = started(3, 1)) {
            for (int id = 2; id <= 3; id++) {
                TestQuorum.Node joiner = quorum.join(id);
                assertThat(joiner.start).succeedsWithin(PATIENCE);
                assertThat(joiner.quorum.status().state()).isEqualTo(VoterStatus.State.JOINING);
                assertThat(joiner.quorum.member()).isNotDone();
                add(quorum, quorum.voter(id), null);
                assertThat(joiner.quorum.member()).succeedsWithin(PATIENCE);
                quorum.append("size", String.valueOf(id));
            }
            assertThat(quorum.awaitLeader().image().voters())
                    .containsExactly(quorum.voter(1), quorum.voter(2), quorum.voter(3));

            quorum.kill(3);
            assertThat(quorum.start(3).start)
                    .as("it knows what it is, and replays facts from before it came")
                    .succeedsWithin(PATIENCE);
            quorum.append("again", "1");
            quorum.awaitAll(quorum.awaitLeader().image().endOffset());

            TestQuorum.Node leader = quorum.awaitLeader();
            Voter leaving = quorum.voter(leader.id);
            assertThat(leader.quorum.removeVoter(leader.id, leaving.directoryId(), 10_000))
                    .as("leadership goes first")
                    .failsWithin(PATIENCE)
                    .withThrowableThat()
                    .withCauseInstanceOf(NotActiveControllerException.class);
            awaitTrue("another leads", () -> quorum.awaitLeader().id != leader.id);
            assertThat(quorum.awaitLeader().quorum.removeVoter(leader.id, leaving.directoryId(), 10_000))
                    .succeedsWithin(PATIENCE);
            awaitTrue("the removed voter ends by itself", () -> leader.fatal.get() != null);
            assertThat(leader.fatal.get()).hasMessageContaining("was removed from the metadata quorum");
            quorum.kill(leader.id);
            quorum.append("two", "1");
            assertThat(quorum.awaitLeader().image().voters()).hasSize(2).doesNotContain(leaving);
        }
    }

    @Test
    void aLostVoterIsReplacedAndItsOldDirectoryIsRefused() throws Exception {
        try (TestQuorum quorum = started(3, 3)) {
            Voter lost = quorum.voter(3);
            assertThat(quorum.awaitLeader().quorum.addVoter(fresh(lost), lost.directoryId(), 5_000))
                    .as("it lives")
                    .failsWithin(PATIENCE)
                    .withThrowableThat()
                    .withMessageContaining("may be alive");
            quorum.kill(3);
            Path disk = quorum.config(3).directory();
            Path aside = dir.resolve("aside");
            Files.move(disk, aside);

            quorum.join(3);
            awaitTrue("voter 3 is known to be silent", () -> silent(quorum, 3));
            add(quorum, quorum.voter(3), lost.directoryId());
            quorum.append("b", "1");
            quorum.awaitAll(quorum.awaitLeader().image().endOffset());
            assertThat(quorum.awaitLeader().image().voters())
                    .contains(quorum.voter(3))
                    .doesNotContain(lost);

            quorum.kill(3);
            Path newDisk = dir.resolve("new");
            Files.move(disk, newDisk);
            Files.move(aside, disk);
            TestQuorum.Node old = quorum.start(3);
            awaitTrue(
                    "the old directory is refused",
                    () -> old.fatal.get() != null || old.start.isCompletedExceptionally());
            assertThat(String.valueOf(old.fatal.get())).contains("was replaced by one with another directory");
            quorum.append("c", "1");
            quorum.kill(3);

            Files.move(disk, aside);
            Files.move(newDisk, disk);
            quorum.start(3);
            quorum.append("d", "1");
            quorum.awaitAll(quorum.awaitLeader().image().endOffset());
        }
    }

    @Test
    void whoIsNotThereIsNotWaitedFor() throws Exception {
        try (TestQuorum quorum = started(2, 1)) {
            Voter nobody = fresh(quorum.voters.get(1));
            assertRefused(quorum, nobody, Errors.REQUEST_TIMED_OUT, "does not answer");
            quorum.open(2);
            assertRefused(quorum, quorum.voter(2), Errors.INVALID_REQUEST, "quorum.join=true");
            quorum.kill(2);
        }
    }

    /** While facts come, Ratis itself would wait for ever. */
    @Test
    void aVoterThatDiesWhileItIsTakenInIsGivenUp() throws Exception {
        try (TestQuorum quorum =
                new TestQuorum("cluster", dir, 2).founders(1).override("raft.server.staging.timeout", "1s")) {
            start(quorum);
            TestQuorum.Node joiner = quorum.join(2);
            assertThat(joiner.start).succeedsWithin(PATIENCE);
            Voter half = quorum.voter(2);
            VoterStatus waiting = joiner.quorum.status();
            TestQuorum.Node leader = quorum.awaitLeader();
            quorum.kill(2);
            quorum.answers.put(2, waiting); // it is seen to wait, and its port accepts, but nothing comes of it
            ServerSocket mute = quorum.occupyRaftPort(2);
            AtomicBoolean enough = new AtomicBoolean();
            CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
                for (int i = 0; !enough.get(); i++) {
                    quorum.append("n", String.valueOf(i));
                }
            });
            CompletableFuture<Void> taken = leader.quorum.addVoter(half, null, 1_500);
            assertThat(taken).failsWithin(PATIENCE).withThrowableThat().withCauseInstanceOf(VoterChangeException.class);
            awaitTrue("the change that Ratis had begun is given up while facts come", () -> {
                try {
                    leader.quorum.addVoter(half, null, 1_000).get(10, TimeUnit.SECONDS);
                    return false;
                } catch (ExecutionException e) {
                    String why = String.valueOf(e.getCause());
                    return why.contains("not done in time") || why.contains("did not catch up");
                } catch (Exception e) {
                    return false;
                }
            });
            mute.close();
            enough.set(true);
            writing.get(10, TimeUnit.SECONDS);
            assertThat(leader.image().voters()).hasSize(1);
        }
    }

    private void assertRefused(TestQuorum quorum, Voter joiner, Errors error, String why) {
        CompletableFuture<Void> taken = quorum.awaitLeader().quorum.addVoter(joiner, null, 5_000);
        assertThat(taken)
                .failsWithin(PATIENCE)
                .withThrowableThat()
                .havingCause()
                .isInstanceOfSatisfying(VoterChangeException.class, refused -> {
                    assertThat(refused.error()).isEqualTo(error);
                    assertThat(refused).hasMessageContaining(why);
                });
    }

    private TestQuorum started(int size, int founders) throws IOException {
        TestQuorum quorum = new TestQuorum("cluster", dir, size).founders(founders);
        start(quorum);
        return quorum;
    }

    private static void start(TestQuorum quorum) {
        quorum.startFounders();
        quorum.awaitLeader();
        quorum.append(new MetadataVersionFinalized(MetadataVersions.VOTERS));
    }

    private static boolean silent(TestQuorum quorum, int id) {
        return quorum.awaitLeader().quorum.describe().voters().stream()
                .anyMatch(voter -> voter.nodeId() == id && voter.lastContactMs() > MembershipRule.ALIVE_MS);
    }

    /** As an operator does: asks again, at whoever leads, until it is done. */
    private static void add(TestQuorum quorum, Voter joiner, @Nullable Uuid replaces) {
        TestQuorum.await("node " + joiner.nodeId() + " taken in", () -> {
            try {
                quorum.awaitLeader().quorum.addVoter(joiner, replaces, 10_000).get(15, TimeUnit.SECONDS);
                return joiner;
            } catch (ExecutionException e) {
                boolean again = e.getCause() instanceof NotActiveControllerException
                        || (e.getCause() instanceof VoterChangeException refused
                                && refused.error() == Errors.REQUEST_TIMED_OUT);
                if (!again) {
                    throw new AssertionError(Objects.requireNonNull(e.getCause()));
                }
                return null;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    private static Voter fresh(Voter voter) {
        return new Voter(voter.nodeId(), Uuid.randomUuid(), voter.host(), voter.port());
    }
}
