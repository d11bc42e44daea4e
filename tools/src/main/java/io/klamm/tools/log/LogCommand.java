/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.log;

import io.klamm.tools.CommandGroup;
import picocli.CommandLine.Command;

/** {@code klamm log}. */
@Command(
        name = "log",
        description = "Look into the files of a log dir, of a running node or not. Changes nothing and takes no lock.",
        mixinStandardHelpOptions = true,
        subcommands = {LogDumpCommand.class, LogVerifyCommand.class})
public final class LogCommand extends CommandGroup {}
