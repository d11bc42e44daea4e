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
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.admin.RaftVoterEndpoint;
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

    @Option(names = "--from", paramLabel = "OFFSET", defaultValue = "0", description = "First offset to print.")
    private long from;

    @Override
    public Integer call() throws Exception {
        if (from < 0) {
            throw new CommandException("--from " + from + ": expected an offset, which is 0 or more");
        }
        FactPrinter printer = new FactPrinter(output.out(), output.isJson(), from);
        try {
            if (directory == null) {
                printRemote(printer);
            } else {
                printDirectory(directory, printer);
            }
        } finally {
            output.out().flush();
        }
        if (from > printer.next()) {
            throw new CommandException(
                    "--from " + from + ": the metadata log has the offsets 0 to " + (printer.next() - 1));
        }
        return ExitCode.OK;
    }

    private void printRemote(FactPrinter printer) throws Exception {
        String clusterId;
        QuorumInfo quorum;
        try (Admin admin = connection.admin()) {
            clusterId = connection.await(admin.describeCluster().clusterId());
            quorum = connection.await(admin.describeMetadataQuorum().quorumInfo());
        }
        List<QuorumInfo.Node> voters = new ArrayList<>(quorum.nodes().values());
        // The leader has everything; another voter has nearly everything.
        voters.sort(Comparator.comparing(voter -> voter.nodeId() != quorum.leaderId()));
        List<String> reasons = new ArrayList<>();
        for (QuorumInfo.Node node : voters) {
            for (RaftVoterEndpoint endpoint : node.endpoints()) {
                try (VoterConnection voter =
                        new VoterConnection(endpoint.host(), endpoint.port(), connection.timeoutMs())) {
                    new RemoteMetadata(voter, clusterId).print(printer);
                    return;
                } catch (IOException e) {
                    reasons.add("voter " + node.nodeId() + " at " + endpoint.host() + ":" + endpoint.port() + ": "
                            + e.getMessage());
                }
            }
        }
        throw new CommandException("cannot read the metadata from a voter: " + String.join("; ", reasons));
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
