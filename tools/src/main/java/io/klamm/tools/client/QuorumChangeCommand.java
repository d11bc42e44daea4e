/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.ExitCode;
import io.klamm.tools.output.Output;
import io.klamm.tools.quorum.QuorumControl;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that changes the quorum: its voters or its leader. */
abstract class QuorumChangeCommand implements Callable<Integer> {
    @Mixin
    final Connection connection = new Connection();

    @Mixin
    final Output output = new Output();

    @Option(
            names = "--bootstrap-controller",
            paramLabel = "HOST:PORT,...",
            description = "Ask these CONTROLLER listeners who votes, instead of brokers.")
    private @Nullable String controllers;

    @Option(
            names = "--within",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "How long to try (default ${DEFAULT-VALUE}).")
    private int withinSeconds = 60;

    /** What {@code --json} prints: the quorum afterwards. */
    record Voters(int leaderId, List<Voter> voters) {}

    record Voter(int nodeId, String directoryId, String host, int port) {}

    /** @return the line to print */
    abstract String change(QuorumControl quorum) throws Exception;

    @Override
    public final Integer call() throws Exception {
        String done = change(control());
        QuorumControl.Seen now = control().look();
        List<Voter> voters = now.voters().stream()
                .map(voter -> new Voter(voter.nodeId(), voter.directoryId().toString(), voter.host(), voter.port()))
                .toList();
        output.print(
                new Voters(now.leader().nodeId(), voters),
                done + " Voters: "
                        + String.join(
                                ", ",
                                voters.stream()
                                        .map(voter -> String.valueOf(voter.nodeId()))
                                        .toList())
                        + "; node " + now.leader().nodeId() + " leads.");
        return ExitCode.OK;
    }

    private QuorumControl control() {
        String asked = controllers;
        return new QuorumControl(
                connection.addresses(),
                asked == null ? null : Connection.addresses("--bootstrap-controller", asked),
                withinSeconds * 1_000L,
                this::progress);
    }

    private void progress(String line) {
        output.progress().println(line);
        output.progress().flush();
    }
}
