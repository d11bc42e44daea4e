/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

/** What a process was told of its operation. */
public enum Outcome {
    /** Done. */
    OK,
    /** Not done, and never will be. */
    FAIL,
    /** Perhaps done, perhaps not, perhaps later. */
    UNKNOWN
}
