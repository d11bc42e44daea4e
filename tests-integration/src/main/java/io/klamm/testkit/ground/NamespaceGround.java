/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

import io.klamm.testkit.BrokerProgram;
import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.Namespaces;
import java.util.Map;
import java.util.Set;

/** Node processes in network namespaces: the links between them can be harmed, too. Needs root, iproute2 and iptables. */
public final class NamespaceGround extends ProcessGround {
    private static final String SLOW_RATE = "64kbit";

    private final Namespaces namespaces;

    private NamespaceGround(KlammCluster cluster, Namespaces namespaces) {
        super(cluster);
        this.namespaces = namespaces;
    }

    /**
     * Lays the cables and defines a cluster; starts nothing.
     *
     * @param name becomes the folder's name
     * @param overrides properties of every node
     */
    public static NamespaceGround define(String name, int nodes, Map<String, String> overrides) {
        Namespaces namespaces = new Namespaces(nodes);
        try {
            return new NamespaceGround(
                    KlammCluster.define(name, BrokerProgram.KLAMM, namespaces, nodes, overrides), namespaces);
        } catch (RuntimeException | Error e) {
            namespaces.close();
            throw e;
        }
    }

    @Override
    public String name() {
        return "network namespaces";
    }

    @Override
    public Set<Ability> abilities() {
        return Set.of(Ability.KILL, Ability.PAUSE, Ability.HARM_LINKS);
    }

    @Override
    public void harm(LinkFault fault, int from, int to) {
        if (fault == LinkFault.SLOW) {
            namespaces.slow(from, to, SLOW_RATE);
        } else {
            namespaces.filter(from, to, fault.name(), rule(fault));
        }
    }

    @Override
    public long felt(LinkFault fault, int from, int to) {
        return fault == LinkFault.SLOW ? namespaces.slowed(from, to) : namespaces.filtered(from, to, fault.name());
    }

    @Override
    public void mend(LinkFault fault, int from, int to) {
        if (fault == LinkFault.SLOW) {
            namespaces.unslow(from, to);
        } else {
            namespaces.unfilter(from, to, fault.name(), rule(fault));
        }
    }

    private static String rule(LinkFault fault) {
        return switch (fault) {
            case CUT -> "-j DROP";
            case LOSSY -> "-m statistic --mode random --probability 0.3 -j DROP";
            case RESETTING -> "-p tcp -m statistic --mode random --probability 0.05 -j REJECT --reject-with tcp-reset";
            case SLOW -> throw new IllegalStateException("no rule, but a queue");
        };
    }

    @Override
    public void close() {
        try {
            super.close();
        } finally {
            namespaces.close();
        }
    }
}
