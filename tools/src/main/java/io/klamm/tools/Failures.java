/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools;

import io.klamm.broker.config.ConfigException;
import java.io.PrintWriter;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
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
        String message = oneLine(failure);
        if (failure instanceof UnmatchedArgumentException unmatched) {
            message = "unknown: " + String.join(" ", unmatched.getUnmatched())
                    + unmatched.getSuggestions().stream()
                            .findFirst()
                            .map(best -> "; did you mean " + best + "?")
                            .orElse("");
        }
        err.println(
                "klamm: " + message + " (see " + commandLine.getCommandSpec().qualifiedName() + " --help)");
        err.flush();
        return ExitCode.USAGE;
    }

    static int onFailure(Exception failure, CommandLine commandLine, ParseResult parsed) {
        Throwable cause = unwrap(failure);
        PrintWriter err = commandLine.getErr();
        commandLine.getOut().flush();
        err.println("klamm: " + describe(cause));
        err.flush();
        return cause instanceof CommandException known ? known.exitCode() : ExitCode.FAILED;
    }

    private static Throwable unwrap(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof ExecutionException || cause instanceof CompletionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        // Constructors of clients wrap what they found wrong in their settings.
        while (cause.getClass() == KafkaException.class && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static String describe(Throwable cause) {
        if (cause instanceof CommandException || cause instanceof ConfigException) {
            return oneLine(cause);
        }
        if (cause instanceof org.apache.kafka.common.errors.TimeoutException) {
            return "no answer in time: " + oneLine(cause);
        }
        if (cause instanceof KafkaException) {
            return oneLine(cause);
        }
        return cause.getClass().getSimpleName() + ": " + oneLine(cause);
    }

    private static String oneLine(Throwable cause) {
        String message = cause.getMessage();
        if (message == null || message.isBlank()) {
            return cause.getClass().getSimpleName();
        }
        return message.strip().replaceAll("\\s*\\R\\s*", "; ");
    }
}
