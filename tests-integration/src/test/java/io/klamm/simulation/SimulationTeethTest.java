/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Does the simulation find what it is there for? Each rule of D5 is broken in turn, by a change of its source that is compiled and put
 * before the real class; another process plays the same seeds and must fail.
 */
class SimulationTeethTest {
    private static final long SEEDS = Long.getLong("seeds.count", 1_000);
    private static final String PARTITION = "replication/src/main/java/io/klamm/replication/partition/";
    private static final String LOG = "replication/src/test/java/io/klamm/replication/model/InMemoryLog.java";
    private static final String FILE = "replication/src/test/java/io/klamm/replication/model/BatchFile.java";
    private static final String PRODUCERS = "storage/src/main/java/io/klamm/storage/producer/ProducerStates.java";
    private static final String GROUPS = "broker/src/main/java/io/klamm/broker/group/";
    private static final String CONTROLLER = "metadata-quorum/src/main/java/io/klamm/metadata/controller/";

    @TempDir
    Path directory;

    /** @param with what stands in place of {@code text} */
    record Edit(String file, String text, String with) {}

    record Mutant(String name, List<Edit> edits) {
        private Mutant(String name, Edit... edits) {
            this(name, Arrays.asList(edits));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Mutant> mutants() {
        return Stream.of(
                new Mutant(
                        "a follower truncates to its high watermark",
                        new Edit(
                                PARTITION + "FollowerReplica.java",
                                "        FollowerStep step = FollowerStep.UNCHANGED;",
                                """
                                        FollowerStep step = FollowerStep.UNCHANGED;
                                        if (log.lastEpoch() < leaderEpoch && log.logEndOffset() > highWatermark.offset()) {
                                            log.truncateTo(highWatermark.offset());
                                            return FollowerStep.TRUNCATED;
                                        }""")),
                new Mutant(
                        "a follower appends whatever continues its log",
                        new Edit(
                                PARTITION + "FollowerReplica.java",
                                "log.appendReplicated(records, lineage);",
                                "log.appendReplicated(records, (epoch, baseOffset) -> true);")),
                new Mutant(
                        "the high watermark uses the committed ISR while it expands",
                        new Edit(
                                PARTITION + "IsrState.java",
                                "return sorted(before.committed(), members(proposal));",
                                "return before.committed();")),
                new Mutant(
                        "a fetch of a stale epoch is accepted",
                        new Edit(
                                PARTITION + "ReplicaRole.java",
                                "currentLeaderEpoch < leaderEpoch() ? Errors.FENCED_LEADER_EPOCH",
                                "currentLeaderEpoch < leaderEpoch() ? Errors.NONE"),
                        new Edit(
                                PARTITION + "LocalReplica.java",
                                "if (spec.currentLeaderEpoch() == leader.leaderEpoch()) {",
                                "if (spec.currentLeaderEpoch() <= leader.leaderEpoch()) {"),
                        new Edit(
                                PARTITION + "LocalReplica.java",
                                "            FetchOutcome refused = reads.checkPosition(leader, spec);",
                                "            FetchOutcome refused = spec.currentLeaderEpoch() < leader.leaderEpoch()"
                                        + " ? null : reads.checkPosition(leader, spec);")),
                new Mutant(
                        "a follower joins the ISR below the start of the epoch",
                        new Edit(PARTITION + "LeaderReplica.java", "&& follower.endOffset() >= epochStartOffset", "")),
                new Mutant(
                        "an unclean return stays in the ISR",
                        new Edit(
                                CONTROLLER + "PartitionElector.java",
                                "registration.cleanShutdown() ? Set.of() : Set.of(node)",
                                "Set.of()")),
                new Mutant(
                        "an ISR change is not compared with the partition epoch",
                        new Edit(
                                CONTROLLER + "IsrRule.java",
                                "if (change.partitionEpoch() != state.partitionEpoch()) {",
                                "if (change.partitionEpoch() > state.partitionEpoch()) {")),
                new Mutant(
                        "whoever joins the ISR may be another process by now",
                        new Edit(
                                CONTROLLER + "IsrRule.java",
                                "return broker.brokerEpoch() == member.brokerEpoch()",
                                "return broker.brokerEpoch() >= member.brokerEpoch()")),
                new Mutant(
                        "the high watermark moves below the min ISR",
                        new Edit(
                                PARTITION + "LeaderReplica.java",
                                "        if (!enoughInSync()) {\n            return -1;",
                                "        if (replicaCount == 0) {\n            return -1;")),
                new Mutant(
                        "a smaller ISR counts before the min ISR of its image is known",
                        new Edit(PARTITION + "LeaderReplica.java", " && state.isr().containsAll(isr.committed())", "")),
                new Mutant(
                        "acks=all is answered before the high watermark is there",
                        new Edit(PARTITION + "ParkedAppends.java", "if (acks == -1) {", "if (acks == -2) {")),
                new Mutant(
                        "a reassignment removes replicas before the new ones are in sync",
                        new Edit(
                                CONTROLLER + "Reassignment.java",
                                "if (isr.size() < needed || !isr.containsAll(state.addingReplicas())) {",
                                "if (isr.isEmpty()) {")),
                new Mutant(
                        "consumers read what is not committed",
                        new Edit(
                                PARTITION + "LogReads.java",
                                "case HIGH_WATERMARK -> committed;",
                                "case HIGH_WATERMARK -> log.logEndOffset();")),
                new Mutant(
                        "a batch is appended twice",
                        new Edit(
                                PRODUCERS,
                                "return SequenceVerdict.duplicateOf(duplicate);",
                                "return SequenceVerdict.ACCEPTED;")),
                new Mutant(
                        "followers do not take over the log start",
                        new Edit(
                                PARTITION + "FollowerReplica.java",
                                "if (start > log.logStartOffset()) {",
                                "if (start > log.logEndOffset()) {")),
                new Mutant(
                        "a truncation forgets the epochs",
                        new Edit(LOG, "epochs.values().removeIf(startOffset -> startOffset >= newEnd);", "")),
                new Mutant(
                        "logs are cleaned above the high watermark",
                        new Edit(
                                LOG,
                                "return file.clean(start, Math.min(toldHighWatermark, flushedEnd), removable);",
                                "return file.clean(start, flushedEnd, removable);")),
                new Mutant(
                        "the first batch of an epoch is cleaned away",
                        new Edit(
                                FILE,
                                "boolean startsEpoch = i == 0 || batches.get(i - 1).epoch < batch.epoch;",
                                "boolean startsEpoch = false;")),
                new Mutant(
                        "a larger ISR counts before the min ISR of its image is known",
                        new Edit(
                                PARTITION + "LeaderReplica.java",
                                "                            && state.elr().isEmpty()\n",
                                "")),
                new Mutant(
                        "a preferred replica leads that is not in sync",
                        new Edit(CONTROLLER + "PreferredLeaders.java", "!state.isr().contains(preferred) || ", "")),
                new Mutant(
                        "an unclean election that nobody wants",
                        new Edit(
                                CONTROLLER + "RecoveryRounds.java",
                                "return topic != null && settings.uncleanAllowed(image, topic.name());",
                                "return topic != null;")),
                new Mutant(
                        "replicas of a deleted topic live on",
                        new Edit(
                                PARTITION + "LocalReplicas.java",
                                ".filter(id -> delta.deletedTopics().contains(id.topicId()))",
                                ".filter(id -> delta.deletedTopics().isEmpty())")),
                new Mutant(
                        "who was away when a topic was deleted keeps its logs",
                        new Edit(
                                PARTITION + "LocalReplicas.java",
                                "if (state == null || !state.replicas().contains(context.nodeId())) {\n"
                                        + "                logger",
                                "if (state != null && !state.replicas().contains(context.nodeId())) {\n"
                                        + "                logger")),
                new Mutant(
                        "a coordinator answers before what it wrote is committed",
                        new Edit(
                                GROUPS + "GroupShard.java",
                                "if (gates.isEmpty() && log.highWatermark() >= appendedEnd) {",
                                "if (appendedEnd >= 0) {")),
                new Mutant(
                        "a coordinator of an earlier leader epoch writes on",
                        new Edit(
                                GROUPS + "ReplicaShardLog.java",
                                "replica.append(batches, ALL, leaderEpoch, deadline",
                                "replica.append(batches, ALL, PartitionReplica.ANY_EPOCH, deadline"),
                        new Edit(
                                GROUPS + "ReplicaShardLog.java",
                                "return replica.isLeader() && replica.leaderEpoch() == leaderEpoch ? highWatermark : -1;",
                                "return highWatermark;")),
                new Mutant(
                        "a new coordinator tells what may not be committed",
                        new Edit(
                                GROUPS + "GroupShard.java",
                                "        appendedEnd = log.endOffset(); // what",
                                "        // what")),
                new Mutant(
                        "a coordinator does not load the end of its log",
                        new Edit(
                                GROUPS + "ReplicaShardLog.java",
                                "long end = log.logEndOffset();\n        long next",
                                "long end = replica.highWatermark();\n        long next")),
                new Mutant(
                        "a commit of an old generation is accepted",
                        new Edit(
                                GROUPS + "OffsetRequests.java",
                                "if (request.generationIdOrMemberEpoch() != group.generation()) {",
                                "if (request.generationIdOrMemberEpoch() > group.generation()) {")),
                new Mutant(
                        "a partition is given away before its owner has given it up",
                        new Edit(
                                GROUPS + "Reconciliation.java",
                                "PartitionSet released = missing.filter(free);",
                                "PartitionSet released = missing;")),
                new Mutant(
                        "a commit of an old member epoch is accepted",
                        new Edit(
                                GROUPS + "OffsetRequests.java",
                                "return epoch == member.epoch() ? Errors.NONE : Errors.STALE_MEMBER_EPOCH;",
                                "return epoch <= member.epoch() ? Errors.NONE : Errors.STALE_MEMBER_EPOCH;")),
                new Mutant(
                        "a group that changes its protocol counts anew",
                        new Edit(
                                GROUPS + "ProtocolMigration.java",
                                "int epoch = classic.generation();",
                                "int epoch = 1;")),
                new Mutant(
                        "a heartbeat or an assignment of an old generation is accepted",
                        new Edit(
                                GROUPS + "ClassicRequests.java",
                                "error == Errors.NONE && generation != group.generation()",
                                "error == Errors.NONE && generation > group.generation()")));
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void aBrokenRuleIsFound(Mutant mutant) throws Exception {
        Path classes = Files.createDirectory(directory.resolve("classes"));
        compile(mutant, classes);
        Path output = directory.resolve("output");
        String path = classes + File.pathSeparator + System.getProperty("java.class.path");
        Process run = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        path,
                        ClusterSimulationMain.class.getName(),
                        "1",
                        Long.toString(SEEDS))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(run.waitFor(10, TimeUnit.MINUTES)).as("ends in time").isTrue();
        } finally {
            run.destroyForcibly();
        }
        String first = Files.readAllLines(output, StandardCharsets.UTF_8).stream()
                .filter(line -> line.startsWith("seed "))
                .findFirst()
                .orElse("not found within " + SEEDS + " seeds");
        System.out.println(mutant + ": " + first);
        assertThat(run.exitValue()).as("%s: %s", mutant, first).isEqualTo(1);
    }

    private void compile(Mutant mutant, Path classes) throws IOException {
        Path root = Path.of("").toAbsolutePath().getParent();
        Path sources = Files.createDirectory(directory.resolve("sources"));
        List<String> arguments = new ArrayList<>(List.of(
                "-nowarn", "-proc:none", "-d", classes.toString(), "-cp", System.getProperty("java.class.path")));
        for (Edit edit : mutant.edits()) {
            Path changed = sources.resolve(Path.of(edit.file()).getFileName().toString());
            boolean again = arguments.contains(changed.toString());
            String source = Files.readString(again ? changed : root.resolve(edit.file()));
            assertThat(source).as(edit.file()).containsOnlyOnce(edit.text());
            Files.writeString(changed, source.replace(edit.text(), edit.with()));
            if (!again) {
                arguments.add(changed.toString());
            }
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assertThat(compiler.run(null, null, null, arguments.toArray(String[]::new)))
                .as("%s compiles", mutant)
                .isZero();
    }
}
