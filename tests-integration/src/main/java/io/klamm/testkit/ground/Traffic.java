/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

/** What arrives from another node, in spite of a fault. */
public enum Traffic {
    /** Whatever it is. */
    ANY,
    /** What goes to or comes from the port at which a broker serves the others: fetches of followers, and whatever clients send. */
    BROKER
}
