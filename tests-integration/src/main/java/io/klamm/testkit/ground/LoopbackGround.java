/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

import io.klamm.testkit.KlammCluster;

/** Node processes on loopback. */
public final class LoopbackGround extends ProcessGround {
    /** @param cluster defined on loopback, not started; closed with the ground */
    public LoopbackGround(KlammCluster cluster) {
        super(cluster);
    }

    @Override
    public String name() {
        return "loopback";
    }
}
