/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Each node in a network namespace of its own, on a bridge in yet another one: a node's cable can be cut, and nobody gets a reset. Needs
 * root and iproute2, and iptables for harm to what one node sends to another.
 */
public final class Namespaces implements NodeHosts, AutoCloseable {
    private static final Duration AT_MOST = Duration.ofSeconds(10);
    private static final Pattern SPACE = Pattern.compile(" ");

    private final String name = "kf" + ProcessHandle.current().pid() % 100_000;
    private final String subnet = "10.231." + (1 + ProcessHandle.current().pid() % 250) + ".";
    private final int nodes;

    /** Whether this user and this machine can have them. */
    public static boolean available() {
        return System.getProperty("user.name").equals("root")
                && Programs.installed("ip")
                && Programs.installed("tc")
                && Programs.installed("iptables");
    }

    /** @param nodes their ids are 1 to {@code nodes} */
    public Namespaces(int nodes) {
        this.nodes = nodes;
        boolean done = false;
        try {
            ip("netns add " + hub());
            ip("-n " + hub() + " link add br0 type bridge");
            ip("-n " + hub() + " link set br0 up");
            ip("link add " + name + "c type veth peer name c0 netns " + hub());
            ip("-n " + hub() + " link set c0 master br0 up");
            ip("addr add " + subnet + "1/24 dev " + name + "c");
            ip("link set " + name + "c up");
            for (int id = 1; id <= nodes; id++) {
                ip("netns add " + space(id));
                ip("-n " + hub() + " link add n" + id + " type veth peer name eth0 netns " + space(id));
                ip("-n " + hub() + " link set n" + id + " master br0 up");
                ip("-n " + space(id) + " addr add " + address(id) + "/24 dev eth0");
                ip("-n " + space(id) + " link set eth0 up");
                ip("-n " + space(id) + " link set lo up");
            }
            done = true;
        } finally {
            if (!done) {
                close();
            }
        }
    }

    private String hub() {
        return name + "hub";
    }

    private String space(int nodeId) {
        return name + "n" + nodeId;
    }

    @Override
    public String address(int nodeId) {
        return subnet + (10 + nodeId);
    }

    @Override
    public List<String> prefix(int nodeId) {
        return List.of("ip", "netns", "exec", space(nodeId));
    }

    /** From now on nothing goes to the node or comes from it. */
    public void cut(int nodeId) {
        ip("-n " + hub() + " link set n" + nodeId + " down");
    }

    public void heal(int nodeId) {
        ip("-n " + hub() + " link set n" + nodeId + " up");
    }

    private static void ip(String arguments) {
        run(arguments).expectSuccess();
    }

    private static Programs.Outcome run(String arguments) {
        List<String> command =
                Stream.concat(Stream.of("ip"), SPACE.splitAsStream(arguments)).toList();
        return Programs.run(AT_MOST, command);
    }

    /** Takes everything down; the processes in it must have ended. */
    @Override
    public void close() {
        for (int id = 1; id <= nodes; id++) {
            run("netns del " + space(id));
        }
        run("netns del " + hub());
        run("link del " + name + "c");
    }
}
