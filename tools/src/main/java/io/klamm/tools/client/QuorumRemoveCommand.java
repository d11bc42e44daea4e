/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.quorum.QuorumControl;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code klamm quorum remove}. */
@Command(
        name = "remove",
        description = {
            "Remove a voter from the metadata quorum; if it leads, leadership is passed on first.",
            "When it runs, it stops with exit code 3 and says so. To keep the node as a broker, set"
                    + " process.roles=broker, take it out of its controller.quorum.voters, delete its metadata directory"
                    + " and start it again."
        },
        mixinStandardHelpOptions = true)
final class QuorumRemoveCommand extends QuorumChangeCommand {
    @Parameters(paramLabel = "NODE", description = "The voter.")
    private int nodeId;

    @Override
    String change(QuorumControl quorum) throws Exception {
        QuorumControl.Seen unused = quorum.remove(nodeId);
        return "Node " + nodeId + " does not vote any more.";
    }
}
