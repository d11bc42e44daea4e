/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Random;

/** Harm that takes more than single requests. Each is done to one listener of one node. */
interface Assault {
    /** Whether a CONTROLLER listener can be harmed by it, too. */
    default boolean atControllers() {
        return false;
    }

    /**
     * Does it, holds on to it for a while, and lets go.
     *
     * @param random decides sizes
     * @return evidence, in words: what was measured that shows that the node has felt it
     * @throws AssertionError when it did not bite
     */
    String perform(InetSocketAddress node, Random random, Duration hold) throws Exception;
}
