/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Each node in a network namespace of its own, on a bridge in yet another one: a node's cable can be cut, and nobody gets a reset; and
 * what one node sends to another can be dropped, reset and slowed down. Needs root, iproute2 and, for links, iptables.
 */
public final class Namespaces implements NodeHosts, AutoCloseable {
    private static final Duration AT_MOST = Duration.ofSeconds(10);
    private static final Pattern SPACE = Pattern.compile(" ");
    private static final Pattern OVERLIMITS = Pattern.compile("overlimits (\\d+)");

    private final String name = "kf" + ProcessHandle.current().pid() % 100_000;
    private final String subnet = "10.231." + (1 + ProcessHandle.current().pid() % 250) + ".";
    private final int nodes;

    /** Nodes with queues. */
    private final Set<Integer> shaped = new HashSet<>();

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

    /**
     * From now on a part of what arrives from another node goes elsewhere.
     *
     * @param name tells the rule from others
     * @param rule which packets, and where they go, in the words of iptables
     */
    public void filter(int from, int to, String name, String rule) {
        in(to, "iptables -w -A " + input(from, name, rule)).expectSuccess();
    }

    public void unfilter(int from, int to, String name, String rule) {
        in(to, "iptables -w -D " + input(from, name, rule)).expectSuccess();
    }

    /** Number of packets that a filter has caught. */
    public long filtered(int from, int to, String name) {
        String mark = "/* " + name + from + " */";
        return in(to, "iptables -w -nvxL INPUT").expectSuccess().lines().stream()
                .filter(line -> line.contains(mark))
                .mapToLong(line ->
                        Long.parseLong(line.strip().substring(0, line.strip().indexOf(' '))))
                .sum();
    }

    private String input(int from, String name, String rule) {
        return "INPUT -s " + address(from) + " -m comment --comment " + name + from + " " + rule;
    }

    /** From now on what goes to another node waits in a queue that is emptied at this rate. */
    public void slow(int from, int to, String rate) {
        if (shaped.add(from)) {
            in(from, "tc qdisc add dev eth0 root handle 1: htb").expectSuccess();
        }
        in(from, "tc class add dev eth0 parent 1: classid 1:" + to + " htb rate " + rate)
                .expectSuccess();
        in(
                        from,
                        "tc filter add dev eth0 parent 1: protocol ip prio " + to + " u32 match ip dst " + address(to)
                                + " flowid 1:" + to)
                .expectSuccess();
    }

    public void unslow(int from, int to) {
        in(from, "tc filter del dev eth0 parent 1: prio " + to).expectSuccess();
        in(from, "tc class del dev eth0 classid 1:" + to).expectSuccess();
    }

    /** Number of times that a packet had to wait in such a queue. */
    public long slowed(int from, int to) {
        String out = in(from, "tc -s class show dev eth0 classid 1:" + to)
                .expectSuccess()
                .out();
        Matcher overlimits = OVERLIMITS.matcher(out);
        return overlimits.find() ? Long.parseLong(overlimits.group(1)) : 0;
    }

    private Programs.Outcome in(int nodeId, String command) {
        return Programs.run(
                AT_MOST,
                Stream.concat(prefix(nodeId).stream(), SPACE.splitAsStream(command))
                        .toList());
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
