/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools;

import io.klamm.tools.client.ClusterCommand;
import io.klamm.tools.client.ConfigsCommand;
import io.klamm.tools.client.ConsumeCommand;
import io.klamm.tools.client.GroupsCommand;
import io.klamm.tools.client.PerfCommand;
import io.klamm.tools.client.ProduceCommand;
import io.klamm.tools.client.QuorumCommand;
import io.klamm.tools.client.TopicsCommand;
import io.klamm.tools.log.LogCommand;
import io.klamm.tools.metadata.MetadataCommand;
import io.klamm.tools.node.PrepareCommand;
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
            "Help on a command: klamm COMMAND --help",
            "",
            "Exit codes: 0 done, 1 failed, 64 wrong usage; klamm start and quickstart also have 2 (a node did not start) and",
            "3 (stopped on a fatal fault). With --json an error is one line on standard error:",
            "{\"error\":\"...\",\"exitCode\":1}"
        },
        versionProvider = Version.class,
        mixinStandardHelpOptions = true,
        scope = picocli.CommandLine.ScopeType.LOCAL,
        subcommands = {
            QuickstartCommand.class,
            StartCommand.class,
            PrepareCommand.class,
            TopicsCommand.class,
            ProduceCommand.class,
            ConsumeCommand.class,
            GroupsCommand.class,
            ClusterCommand.class,
            QuorumCommand.class,
            ConfigsCommand.class,
            MetadataCommand.class,
            LogCommand.class,
            PerfCommand.class
        })
final class KlammCommand extends CommandGroup {}
