/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.metadata.controller.DecisionTooLargeException;
import io.klamm.metadata.controller.NotActiveControllerException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a failed call of the active controller means on the wire. */
final class ControllerErrors {
    private static final Logger LOG = LoggerFactory.getLogger(ControllerErrors.class);

    private ControllerErrors() {}

    /** NOT_CONTROLLER, REQUEST_TIMED_OUT, POLICY_VIOLATION, the error of an ApiException, or UNKNOWN_SERVER_ERROR (logged: it is a bug). */
    static Errors of(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof NotActiveControllerException) {
            return Errors.NOT_CONTROLLER;
        }
        if (cause instanceof TimeoutException || cause instanceof RejectedExecutionException) {
            return Errors.REQUEST_TIMED_OUT; // not decided, or too many are waiting: ask again later
        }
        if (cause instanceof DecisionTooLargeException) {
            return Errors.POLICY_VIOLATION;
        }
        if (cause instanceof ApiException) {
            return Errors.forException(cause);
        }
        LOG.error("The controller failed on a request", cause);
        return Errors.UNKNOWN_SERVER_ERROR;
    }
}
