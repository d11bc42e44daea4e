/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import java.util.concurrent.ExecutionException;

/** How an error that a client was told stands in a history: the name of its class, which says which error it is, and its message. */
public final class ErrorText {
    private ErrorText() {}

    public static String of(Throwable error) {
        Throwable told = error instanceof ExecutionException && error.getCause() != null ? error.getCause() : error;
        Throwable cause = told.getCause();
        return told.getClass().getSimpleName() + ": " + told.getMessage()
                + (cause == null ? "" : "; " + cause.getClass().getSimpleName() + ": " + cause.getMessage());
    }
}
