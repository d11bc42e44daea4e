/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

import io.klamm.testkit.BrokerProgram;
import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.Namespaces;
import java.util.Map;
import java.util.Set;

/** Node processes in network namespaces: the links between them can be harmed, too. Needs root, iproute2 and iptables. */
public final class NamespaceGround extends ProcessGround {
    private final Namespaces namespaces;
    private final NetworkLinks links;

    private NamespaceGround(KlammCluster cluster, Namespaces namespaces) {
        super(cluster);
        this.namespaces = namespaces;
        this.links = new NetworkLinks(namespaces::prefix, namespaces::address, node -> NodePorts.of(cluster, node));
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
        links.harm(fault, from, to);
    }

    @Override
    public long felt(LinkFault fault, int from, int to) {
        return links.felt(fault, from, to);
    }

    @Override
    public void mend(LinkFault fault, int from, int to) {
        links.mend(fault, from, to);
    }

    @Override
    public void watch(Traffic traffic, int from, int to) {
        links.watch(traffic, from, to);
    }

    @Override
    public long arrived(Traffic traffic, int from, int to) {
        return links.arrived(traffic, from, to);
    }

    @Override
    public void unwatch(Traffic traffic, int from, int to) {
        links.unwatch(traffic, from, to);
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
