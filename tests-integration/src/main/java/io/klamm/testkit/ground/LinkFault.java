/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

/** What may be wrong with a link, in one direction. */
public enum LinkFault {
    /** Nothing arrives, and nobody is told. */
    CUT,
    /** Three of ten packets get lost. */
    LOSSY,
    /** Now and then a connection is reset. */
    RESETTING,
    /** Everything arrives, at a few kilobytes a second. */
    SLOW
}
