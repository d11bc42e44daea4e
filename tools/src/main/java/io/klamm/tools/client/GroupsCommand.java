/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandGroup;
import picocli.CommandLine.Command;

/** {@code klamm groups}. */
@Command(
        name = "groups",
        description = "List, describe, reset and delete consumer groups.",
        mixinStandardHelpOptions = true,
        subcommands = {
            GroupsListCommand.class,
            GroupsDescribeCommand.class,
            GroupsResetCommand.class,
            GroupsDeleteCommand.class
        })
public final class GroupsCommand extends CommandGroup {}
