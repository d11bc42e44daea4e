/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionState;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecoveryRoundsTest {
    private static final long MS = 1_000_000;

    private final ClusterFixture cluster = ClusterFixture.withBrokers(1, 2).withPartition(2, 1, 2);
    private final RecoveryRounds rounds = new RecoveryRounds(ElectionSettings.STRICT, new Reassignment(1));

    RecoveryRoundsTest() {
        for (int node : List.of(1, 2)) {
            cluster.startUnclean(node);
            cluster.unfence(node);
        }
        look(0);
    }

    private void look(long now) {
        rounds.update(cluster.image, List.of(ClusterFixture.PARTITION), now);
    }

    private List<RecoveryRounds.Question> questions(long now) {
        return rounds.questions(cluster.image, now);
    }

    private void answer(RecoveryRounds.Question question, long logEndOffset, long now) {
        rounds.answered(question, List.of(new ReplicaLogInfo(ClusterFixture.PARTITION, 1, logEndOffset)), now);
    }

    private int elected(long now) {
        List<io.klamm.metadata.fact.MetadataFact> facts =
                rounds.elect(cluster.image, now, FactSize.MAX_BULK_BYTES).facts();
        return facts.isEmpty() ? -1 : ((PartitionChanged) facts.get(0)).state().leader();
    }

    @Test
    void eachIsAskedOnceUntilItAnswers() {
        List<RecoveryRounds.Question> questions = questions(0);
        assertThat(questions).extracting(question -> question.broker().nodeId()).containsExactly(1, 2);
        assertThat(questions(0)).isEmpty();
        answer(questions.get(0), 5, 0);
        assertThat(elected(0)).isEqualTo(-1);
        answer(questions.get(1), 6, 0);
        assertThat(elected(0)).isEqualTo(2);
        assertThat(questions(0)).as("nothing is missing").isEmpty();
    }

    @Test
    void whoDoesNotAnswerIsAskedAgainAfterAPause() {
        RecoveryRounds.Question question = questions(0).get(0);
        rounds.answered(question, List.of(), 10 * MS);
        assertThat(questions(100 * MS)).isEmpty();
        assertThat(questions((10 + RecoveryRounds.BACKOFF_MS) * MS)).hasSize(1);
    }

    @Test
    void aReportDiesWithTheProcessThatGaveIt() {
        List<RecoveryRounds.Question> questions = questions(0);
        answer(questions.get(0), 9, 0);
        cluster.startUnclean(1);
        look(1);
        answer(questions.get(1), 6, 1);
        assertThat(elected(1)).as("1 is fenced").isEqualTo(-1);
        cluster.unfence(1);
        look(2);
        assertThat(elected(2)).as("1 is another process now").isEqualTo(-1);
        List<RecoveryRounds.Question> again = questions(2);
        assertThat(again).extracting(question -> question.broker().nodeId()).containsExactly(1);
        answer(again.get(0), 3, 2);
        assertThat(elected(2)).isEqualTo(2);
    }

    @Test
    void aReportDiesWithTheEpochInWhichItWasAsked() {
        List<RecoveryRounds.Question> questions = questions(0);
        answer(questions.get(0), 9, 0);
        answer(questions.get(1), 6, 0);
        cluster.apply(rounds.elect(cluster.image, 0, FactSize.MAX_BULK_BYTES).facts());
        look(1);
        assertThat(rounds.isEmpty()).isTrue();
        assertThat(cluster.state().leader()).isEqualTo(1);
        cluster.startUnclean(1);
        cluster.unfence(1);
        look(2);
        assertThat(rounds.partitions()).containsExactly(ClusterFixture.PARTITION);
        answer(questions.get(1), 6, 2);
        assertThat(elected(2)).as("an answer to an old question").isEqualTo(-1);
        assertThat(questions(1_000 * MS)).hasSize(2);
    }

    @Test
    void anElectionCompletesTheReassignmentThatWaitedForItsWinner() {
        PartitionState state = cluster.state();
        cluster.apply(List.of(new PartitionChanged(
                ClusterFixture.TOPIC,
                0,
                new PartitionState(
                        List.of(2, 1),
                        state.directories(),
                        List.of(),
                        List.of(),
                        List.of(2),
                        List.of(2),
                        List.of(1),
                        PartitionState.NO_LEADER,
                        state.leaderEpoch() + 1,
                        state.partitionEpoch() + 1))));
        look(0);
        questions(0).forEach(question -> answer(question, 5, 0));
        cluster.apply(rounds.elect(cluster.image, 0, FactSize.MAX_BULK_BYTES).facts());
        assertThat(cluster.state().leader()).isEqualTo(2);
        assertThat(cluster.state().replicas()).containsExactly(2);
        assertThat(cluster.state().reassigning()).isFalse();
    }

    @Test
    void anAnswerToWhatWasNotAskedIsIgnored() {
        RecoveryRounds.Question question = questions(0).get(0);
        rounds.answered(
                question,
                List.of(new ReplicaLogInfo(new io.klamm.metadata.image.PartitionId(ClusterFixture.TOPIC, 7), 1, 1)),
                0);
        assertThat(elected(0)).isEqualTo(-1);
    }
}
