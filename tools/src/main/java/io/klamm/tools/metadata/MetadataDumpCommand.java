/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.metadata;

import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.quorum.MetadataDumpReader;
import io.klamm.metadata.quorum.SnapshotId;
import io.klamm.tools.CommandException;
import io.klamm.tools.ExitCode;
import io.klamm.tools.client.Connection;
import io.klamm.tools.output.Output;
import io.klamm.tools.quorum.NodeConnection;
import io.klamm.tools.quorum.QuorumHealth;
import io.klamm.tools.quorum.QuorumInspector;
import io.klamm.tools.quorum.VoterAnswer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code klamm metadata dump}. */
@Command(
        name = "dump",
        description = {
            "Print the facts of the metadata log, one a line: offset, term, time, who, why, and the fact.",
            "They come from a voter of a running cluster, or from the directory of a voter, running or not."
        },
        mixinStandardHelpOptions = true)
final class MetadataDumpCommand implements Callable<Integer> {
    @Mixin
    private final Connection connection = new Connection();

    @Mixin
    private final Output output = new Output();

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description =
                    "Read a voter's metadata.log.dir (or log.dirs) instead of asking a cluster. Its end may hold facts"
                            + " that are not committed.")
    private @Nullable Path directory;

    @Option(
            names = "--bootstrap-controller",
            paramLabel = "HOST:PORT,...",
            description = "Ask these CONTROLLER listeners who votes; for nodes that do not serve clients yet.")
    private @Nullable String controllers;

    @Option(names = "--from", paramLabel = "OFFSET", defaultValue = "0", description = "First offset to print.")
    private long from;

    @Override
    public Integer call() throws Exception {
        if (from < 0) {
            throw new CommandException("--from " + from + ": expected an offset, which is 0 or more");
        }
        String problem = null;
        FactPrinter printer = new FactPrinter(output.out(), output.isJson(), from);
        try {
            if (directory == null) {
                problem = printRemote(printer);
            } else {
                printDirectory(directory, printer);
            }
        } finally {
            output.out().flush();
        }
        if (problem != null) {
            throw new CommandException(problem);
        }
        if (from > printer.next()) {
            throw new CommandException(
                    "--from " + from + ": the metadata log has the offsets 0 to " + (printer.next() - 1));
        }
        return ExitCode.OK;
    }

    /** What keeps the quorum from deciding, or null. */
    private @Nullable String printRemote(FactPrinter printer) throws InterruptedException {
        QuorumHealth health = controllers == null
                ? QuorumInspector.fromBrokers(connection.addresses())
                : QuorumInspector.fromControllers(Connection.addresses("--bootstrap-controller", controllers));
        String problem = health.problem();
        List<VoterAnswer> voters = new ArrayList<>(health.voters());
        voters.removeIf(voter -> voter.endOffset() <= 0);
        // The leader has everything; of the others one may have more than another.
        voters.sort(Comparator.comparing((VoterAnswer voter) -> voter.state() != VoterAnswer.State.leader)
                .thenComparing(VoterAnswer::endOffset, Comparator.reverseOrder()));
        List<String> reasons = new ArrayList<>();
        for (VoterAnswer one : voters) {
            try (NodeConnection voter =
                    new NodeConnection(one.host(), one.port(), connection.timeoutMs(), connection.timeoutMs())) {
                if (problem != null) {
                    printer.remark(problem);
                    printer.remark("what node " + one.nodeId() + " has; others may have more");
                }
                new RemoteMetadata(voter).print(printer);
                return problem;
            } catch (IOException e) {
                reasons.add("voter " + one.nodeId() + " at " + one.address() + ": " + e.getMessage());
            }
        }
        throw new CommandException((problem == null ? "" : problem + "; ") + "cannot read the metadata from a voter"
                + (reasons.isEmpty() ? "" : ": " + String.join("; ", reasons)));
    }

    private static void printDirectory(Path directory, FactPrinter printer) {
        try {
            MetadataDumpReader.read(directory, new MetadataDumpReader.Sink() {
                @Override
                public void snapshot(SnapshotId id, long raftTerm, long raftIndex, MetadataImage image) {
                    printer.snapshot(image);
                }

                @Override
                public void batch(long raftTerm, long raftIndex, FactBatch batch, boolean applied) {
                    if (applied) {
                        printer.batch(batch);
                    } else {
                        printer.remark("dropped by every voter: a batch for offset " + batch.baseOffset() + " of term "
                                + batch.term() + " in entry " + raftIndex + " of term " + raftTerm);
                    }
                }

                @Override
                public void other(long raftTerm, long raftIndex, String what) {
                    printer.remark("entry " + raftIndex + " of term " + raftTerm + ": " + what);
                }
            });
        } catch (IOException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
    }
}
