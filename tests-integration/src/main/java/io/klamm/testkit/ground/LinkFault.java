/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

/** What may be wrong with a link, in one direction. */
public enum LinkFault {
    /** Nothing arrives, and nobody is told. */
    CUT,
    /** Nothing arrives that goes to or comes from the ports of controllers and of Raft; what brokers send each other does. */
    CUT_QUORUM,
    /** Three of ten packets get lost. */
    LOSSY,
    /** Now and then a connection is reset. */
    RESETTING,
    /** Everything arrives, at a few kilobytes a second. */
    SLOW
}
