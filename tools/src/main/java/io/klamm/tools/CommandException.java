/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools;

/** A command failed for a reason that the user can read in one line. */
public final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    public CommandException(String message) {
        this(message, ExitCode.FAILED);
    }

    public CommandException(String message, int exitCode) {
        super(message);
        this.exitCode = exitCode;
    }

    public int exitCode() {
        return exitCode;
    }
}
