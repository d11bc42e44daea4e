/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.quorum.QuorumControl;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code klamm quorum transfer}. */
@Command(
        name = "transfer",
        description = "Make another voter the leader of the metadata quorum.",
        mixinStandardHelpOptions = true)
final class QuorumTransferCommand extends QuorumChangeCommand {
    @Parameters(paramLabel = "NODE", description = "The voter that is to lead.")
    private int nodeId;

    @Override
    String change(QuorumControl quorum) throws Exception {
        QuorumControl.Seen unused = quorum.transfer(nodeId);
        return "Node " + nodeId + " leads.";
    }
}
