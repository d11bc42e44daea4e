/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.output;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Why something failed, in one line. */
public final class Reasons {
    /** How the admin client names the request that was not answered. */
    private static final Pattern CALL = Pattern.compile("(?:callName=|Call: )(\\w+)");

    private Reasons() {}

    /** What failed, without what only wraps it. */
    public static Throwable unwrap(Throwable failure) {
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

    public static String of(Throwable failure) {
        Throwable cause = unwrap(failure);
        if (cause instanceof TimeoutException) {
            Matcher call = CALL.matcher(String.valueOf(cause.getMessage()));
            return call.find()
                    ? "no answer in time to " + call.group(1)
                            + " (klamm quorum describe says whether the cluster has a quorum)"
                    : "no answer in time: " + oneLine(cause);
        }
        if (cause instanceof KafkaException) {
            return oneLine(cause);
        }
        if (cause instanceof FileSystemException file) {
            return ofFile(file);
        }
        return cause instanceof IOException ? oneLine(cause) : cause.getClass().getSimpleName() + ": " + oneLine(cause);
    }

    private static String ofFile(FileSystemException failure) {
        if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (failure instanceof FileAlreadyExistsException) {
            return "there is a file of this name";
        }
        if (failure instanceof NoSuchFileException) {
            return "there is no such file or directory";
        }
        String reason = failure.getReason();
        return reason == null ? "the system does not allow it" : reason;
    }

    /** The message on one line, or the kind of failure when it has none. */
    public static String oneLine(Throwable cause) {
        @Nullable String message = cause.getMessage();
        if (message == null || message.isBlank()) {
            return cause.getClass().getSimpleName();
        }
        return message.strip().replaceAll("\\s*\\R\\s*", "; ");
    }
}
