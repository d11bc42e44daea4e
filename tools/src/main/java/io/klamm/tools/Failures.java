/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.klamm.broker.config.ConfigException;
import io.klamm.tools.output.Reasons;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns everything that can go wrong into one line on standard error and an exit code. */
final class Failures {
    private Failures() {}

    static int onBadArguments(ParameterException failure, String[] arguments) {
        CommandLine commandLine = failure.getCommandLine();
        PrintWriter err = commandLine.getErr();
        String message = Reasons.oneLine(failure);
        if (failure instanceof UnmatchedArgumentException unmatched) {
            message = "unknown: " + String.join(" ", unmatched.getUnmatched())
                    + unmatched.getSuggestions().stream()
                            .findFirst()
                            .map(best -> "; did you mean " + best + "?")
                            .orElse("");
        }
        print(
                err,
                message + " (see " + commandLine.getCommandSpec().qualifiedName() + " --help)",
                ExitCode.USAGE,
                List.of(arguments));
        return ExitCode.USAGE;
    }

    static int onFailure(Exception failure, CommandLine commandLine, ParseResult parsed) {
        commandLine.getOut().flush();
        return onFailure(failure, commandLine.getErr(), parsed.originalArgs());
    }

    /** Runs a command that needed no parsing. */
    static int run(Callable<Integer> command, PrintWriter err) {
        try {
            return command.call();
        } catch (Exception e) {
            return onFailure(e, err, List.of());
        }
    }

    private static int onFailure(Exception failure, PrintWriter err, List<String> arguments) {
        Throwable cause = Reasons.unwrap(failure);
        int code = cause instanceof CommandException known ? known.exitCode() : ExitCode.FAILED;
        print(err, describe(cause), code, arguments);
        return code;
    }

    private static String describe(Throwable cause) {
        return cause instanceof CommandException || cause instanceof ConfigException
                ? Reasons.oneLine(cause)
                : Reasons.of(cause);
    }

    /** On standard error, so that standard output stays data; with {@code --json} an object on one line. */
    private static void print(PrintWriter err, String message, int code, List<String> arguments) {
        if (arguments.contains("--json")) {
            err.println(
                    JsonNodeFactory.instance.objectNode().put("error", message).put("exitCode", code));
        } else {
            err.println("klamm: " + message);
        }
        err.flush();
    }
}
