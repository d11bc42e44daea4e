/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import io.klamm.testkit.hostile.Victim.Door;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** Harm that takes more than single requests. Each is done to one port of one node. */
interface Assault {
    String name();

    /** Where it can be done; one of them is chosen each time. */
    default List<Door> doors() {
        return List.of(Door.CLIENTS);
    }

    /**
     * Does it, holds on to it for a while, lets go, and sees that the node does so, too.
     *
     * @param random decides sizes
     * @return evidence, in words: what was measured that shows that the node has felt it
     * @throws AssertionError when it did not bite, or the node does not serve others, or does not let go
     */
    String perform(Victim victim, Random random, Duration hold) throws Exception;
}
