/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandGroup;
import picocli.CommandLine.Command;

/** {@code klamm cluster}. */
@Command(
        name = "cluster",
        description = "Show the cluster as a whole; move its leaders; empty and remove nodes.",
        mixinStandardHelpOptions = true,
        subcommands = {
            ClusterDescribeCommand.class,
            ClusterElectLeadersCommand.class,
            ClusterDrainCommand.class,
            ClusterRemoveBrokerCommand.class
        })
public final class ClusterCommand extends CommandGroup {}
