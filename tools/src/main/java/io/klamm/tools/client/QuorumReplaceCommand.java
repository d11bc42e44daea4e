/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import io.klamm.tools.quorum.QuorumControl;
import io.klamm.tools.quorum.QuorumInspector;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code klamm quorum replace}. */
@Command(
        name = "replace",
        description = {
            "Give the quorum a new voter in the place of one whose metadata directory is lost for good.",
            "First start that node with an empty metadata directory and --override quorum.join=true: it waits until it"
                    + " is taken in. More than half of the voters must run. The lost directory must never be started"
                    + " again."
        },
        mixinStandardHelpOptions = true)
final class QuorumReplaceCommand extends QuorumChangeCommand {
    @Parameters(
            paramLabel = "NODE[@HOST:PORT]",
            description = "The node, and its CONTROLLER listener if that is not where the lost voter had it.")
    private String voter = "";

    @Override
    String change(QuorumControl quorum) throws Exception {
        int at = voter.indexOf('@');
        int nodeId = QuorumAddCommand.nodeId(at < 0 ? voter : voter.substring(0, at));
        QuorumControl.Seen unused = quorum.add(
                nodeId, at < 0 ? lastKnown(quorum, nodeId) : QuorumAddCommand.address(voter.substring(at + 1)), true);
        return "Node " + nodeId + " votes in the place of its lost directory.";
    }

    private static QuorumInspector.Address lastKnown(QuorumControl quorum, int nodeId) throws Exception {
        QuorumControl.Member lost = quorum.look().voter(nodeId);
        if (lost == null) {
            throw new CommandException("node " + nodeId + " is not a voter: nobody can be replaced");
        }
        return new QuorumInspector.Address(lost.host(), lost.port());
    }
}
