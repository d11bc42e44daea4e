/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandGroup;
import picocli.CommandLine.Command;

/** {@code klamm configs}. */
@Command(
        name = "configs",
        description = "Show and change settings of topics, groups and brokers.",
        mixinStandardHelpOptions = true,
        subcommands = {ConfigsDescribeCommand.class, ConfigsAlterCommand.class})
public final class ConfigsCommand extends CommandGroup {}
