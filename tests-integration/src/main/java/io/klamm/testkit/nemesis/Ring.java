/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import io.klamm.testkit.nemesis.PlannedFault.Kind;
import java.util.ArrayList;
import java.util.List;

/** Nodes in a circle, by number, and which of the links between them are cut. */
final class Ring {
    private Ring() {}

    /** No node is heard by the next one. */
    static List<PlannedFault> oneWay(int nodes, long forMillis) {
        List<PlannedFault> cuts = new ArrayList<>();
        for (int node = 1; node <= nodes; node++) {
            cuts.add(
                    new PlannedFault(0, forMillis, Kind.CUT_ONE_WAY, Target.node(node), Target.node(node % nodes + 1)));
        }
        return cuts;
    }

    /** Each node hears its nearest neighbours on both sides, as many as make a majority with it. */
    static List<PlannedFault> ofMajorities(int nodes, long forMillis) {
        int reach = (nodes / 2 + 1) / 2;
        List<PlannedFault> cuts = new ArrayList<>();
        for (int node = 1; node <= nodes; node++) {
            for (int other = node + 1; other <= nodes; other++) {
                int distance = Math.min(other - node, nodes - other + node);
                if (distance > reach) {
                    cuts.add(new PlannedFault(0, forMillis, Kind.CUT_BOTH_WAYS, Target.node(node), Target.node(other)));
                }
            }
        }
        return cuts;
    }
}
