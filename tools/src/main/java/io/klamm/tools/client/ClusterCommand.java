/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandGroup;
import picocli.CommandLine.Command;

/** {@code klamm cluster}. */
@Command(
        name = "cluster",
        description = "Show the cluster as a whole.",
        mixinStandardHelpOptions = true,
        subcommands = ClusterDescribeCommand.class)
public final class ClusterCommand extends CommandGroup {}
