/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools;

import io.klamm.tools.client.ClusterCommand;
import io.klamm.tools.client.ConfigsCommand;
import io.klamm.tools.client.ConsumeCommand;
import io.klamm.tools.client.PerfCommand;
import io.klamm.tools.client.ProduceCommand;
import io.klamm.tools.client.QuorumCommand;
import io.klamm.tools.client.TopicsCommand;
import io.klamm.tools.log.LogCommand;
import io.klamm.tools.metadata.MetadataCommand;
import io.klamm.tools.node.QuickstartCommand;
import io.klamm.tools.node.StartCommand;
import picocli.CommandLine.Command;

/** The root of all commands. */
@Command(
        name = "klamm",
        description = "A replicated log broker that speaks the Apache Kafka protocol and manages itself.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "First steps: klamm quickstart starts three nodes on this machine.",
            "Help on a command: klamm COMMAND --help"
        },
        versionProvider = Version.class,
        mixinStandardHelpOptions = true,
        scope = picocli.CommandLine.ScopeType.LOCAL,
        subcommands = {
            QuickstartCommand.class,
            StartCommand.class,
            TopicsCommand.class,
            ProduceCommand.class,
            ConsumeCommand.class,
            ClusterCommand.class,
            QuorumCommand.class,
            ConfigsCommand.class,
            MetadataCommand.class,
            LogCommand.class,
            PerfCommand.class
        })
final class KlammCommand extends CommandGroup {}
