/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandGroup;
import picocli.CommandLine.Command;

/** {@code klamm perf}. */
@Command(
        name = "perf",
        description = "Measure how fast records are written and read.",
        mixinStandardHelpOptions = true,
        subcommands = {PerfProduceCommand.class, PerfConsumeCommand.class})
public final class PerfCommand extends CommandGroup {}
