/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools;

/** Exit codes of the {@code klamm} command. */
public final class ExitCode {
    public static final int OK = 0;

    /** The command failed; for {@code start}: bad configuration. */
    public static final int FAILED = 1;

    /** {@code start} and {@code quickstart}: a node did not start. */
    public static final int START_FAILED = 2;

    /** {@code start}: the node stopped on a fatal fault. */
    public static final int FATAL_FAULT = 3;

    /** The command line is wrong (EX_USAGE). */
    public static final int USAGE = 64;

    private ExitCode() {}
}
