/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import io.klamm.tools.quorum.QuorumControl;
import io.klamm.tools.quorum.QuorumInspector;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code klamm quorum add}. */
@Command(
        name = "add",
        description = {
            "Take one more voter into the metadata quorum.",
            "First start the node with process.roles=broker,controller (or controller), itself in"
                    + " controller.quorum.voters, cluster.id as klamm cluster describe shows it, and --override"
                    + " quorum.join=true: it waits until it is taken in."
        },
        mixinStandardHelpOptions = true)
final class QuorumAddCommand extends QuorumChangeCommand {
    @Parameters(
            paramLabel = "NODE@HOST:PORT",
            description = "The node and its CONTROLLER listener, as in controller.quorum.voters.")
    private String voter = "";

    @Override
    String change(QuorumControl quorum) throws Exception {
        int at = voter.indexOf('@');
        if (at < 0) {
            throw new CommandException(voter + ": expected NODE@HOST:PORT");
        }
        int nodeId = nodeId(voter.substring(0, at));
        QuorumControl.Seen unused = quorum.add(nodeId, address(voter.substring(at + 1)), false);
        return "Node " + nodeId + " votes.";
    }

    static int nodeId(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new CommandException(text + ": expected the id of a node");
        }
    }

    static QuorumInspector.Address address(String text) {
        return Connection.addresses("CONTROLLER listener", text).get(0);
    }
}
