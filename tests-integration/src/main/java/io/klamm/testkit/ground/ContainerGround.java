/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

import io.klamm.testkit.Containers;
import io.klamm.testkit.KlammCluster;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Nodes in containers, as users run them. Unlike a process of the same machine, a container that is dead refuses nothing: its address and its
 * name are gone. Needs what {@link Containers} needs.
 */
public final class ContainerGround extends ProcessGround {
    private final Containers containers;
    private final NetworkLinks links;

    private ContainerGround(KlammCluster cluster, Containers containers) {
        super(cluster);
        this.containers = containers;
        this.links = new NetworkLinks(containers::enter, containers::ip, node -> NodePorts.of(cluster, node));
        nodes().forEach(node -> containers.publish(node, cluster.port(node)));
    }

    /**
     * Defines a cluster; makes no container yet.
     *
     * @param name becomes the folder's name
     * @param overrides properties of every node
     */
    public static ContainerGround define(String name, int nodes, Map<String, String> overrides) {
        Map<String, String> settings = new HashMap<>(overrides);
        settings.put("log.dirs", Containers.DATA);
        Containers containers = new Containers();
        return new ContainerGround(
                KlammCluster.define(name, Containers.PROGRAM, containers, nodes, settings), containers);
    }

    @Override
    public String name() {
        return "containers";
    }

    @Override
    public Set<Ability> abilities() {
        return Set.of(Ability.KILL, Ability.PAUSE, Ability.HARM_LINKS);
    }

    @Override
    public void start(int node) {
        super.start(node);
        links.renew(node);
    }

    @Override
    public String kill(List<Integer> nodes) {
        nodes.forEach(links::lose);
        return super.kill(nodes);
    }

    /** The engine answers when a container has ended. */
    @Override
    void sendKills(List<Integer> nodes) {
        AtOnce.each(nodes, node -> super.sendKills(List.of(node)));
    }

    @Override
    public String stop(int node) {
        links.lose(node);
        return super.stop(node);
    }

    @Override
    public String pause(List<Integer> nodes) {
        AtOnce.each(nodes, containers::pause);
        return nodes.stream().map(this::paused).collect(Collectors.joining("; "));
    }

    private String paused(int node) {
        if (!containers.isPaused(node)) {
            throw new AssertionError("node " + node + " is not paused");
        }
        return "node " + node + ": the container of process " + pid(node) + " is paused";
    }

    @Override
    public void resume(int node) {
        containers.resume(node);
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
            containers.close();
        }
    }
}
