/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandGroup;
import picocli.CommandLine.Command;

/** {@code klamm topics}. */
@Command(
        name = "topics",
        description = "Create, list, describe, enlarge, move and delete topics.",
        mixinStandardHelpOptions = true,
        subcommands = {
            TopicsCreateCommand.class,
            TopicsListCommand.class,
            TopicsDescribeCommand.class,
            TopicsAlterCommand.class,
            TopicsReassignCommand.class,
            TopicsDeleteCommand.class
        })
public final class TopicsCommand extends CommandGroup {}
