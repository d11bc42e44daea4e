/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools;

import io.klamm.tools.node.StartCommand;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/** Entry of the {@code klamm} command. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        // Before anything asks for a logger.
        boolean node = arguments.length > 0 && arguments[0].equals("start");
        if (System.getProperty("logback.configurationFile") == null) {
            System.setProperty("logback.configurationFile", node ? "logback-node.xml" : "logback-command.xml");
        }
        PrintWriter out = writer(FileDescriptor.out);
        PrintWriter err = writer(FileDescriptor.err);
        int code = run(out, err, arguments);
        out.flush();
        err.flush();
        System.exit(code);
    }

    /** Runs a command to its end and returns its exit code. */
    public static int run(PrintWriter out, PrintWriter err, String... arguments) {
        StartCommand node = StartCommand.plain(arguments);
        if (node != null) {
            return Failures.run(node, err);
        }
        CommandLine commandLine = new CommandLine(new KlammCommand());
        setVersion(commandLine);
        commandLine.setOut(out);
        commandLine.setErr(err);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setUsageHelpWidth(100);
        commandLine.setUsageHelpLongOptionsMaxWidth(34);
        commandLine.setParameterExceptionHandler(Failures::onBadArguments);
        commandLine.setExecutionExceptionHandler(Failures::onFailure);
        return commandLine.execute(arguments);
    }

    /** {@code --version} says the same behind every command. */
    private static void setVersion(CommandLine commandLine) {
        commandLine.getCommandSpec().versionProvider(new Version());
        commandLine.getSubcommands().values().forEach(Main::setVersion);
    }

    private static PrintWriter writer(FileDescriptor descriptor) {
        return new PrintWriter(new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8), false);
    }
}
