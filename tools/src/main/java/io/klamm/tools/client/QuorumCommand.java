/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandGroup;
import picocli.CommandLine.Command;

/** {@code klamm quorum}. */
@Command(
        name = "quorum",
        description = "Show and change the metadata quorum.",
        mixinStandardHelpOptions = true,
        subcommands = {
            QuorumDescribeCommand.class,
            QuorumAddCommand.class,
            QuorumReplaceCommand.class,
            QuorumRemoveCommand.class,
            QuorumTransferCommand.class
        })
public final class QuorumCommand extends CommandGroup {}
