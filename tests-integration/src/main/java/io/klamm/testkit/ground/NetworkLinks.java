/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

import io.klamm.testkit.Programs;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Harm to what nodes send to each other, each in a network namespace of its own: packets are dropped and connections reset where they
 * arrive (iptables), and slowed down where they leave (tc). What arrives all the same can be counted. Needs root.
 */
final class NetworkLinks {
    private static final Duration AT_MOST = Duration.ofSeconds(10);
    private static final Pattern SPACE = Pattern.compile(" ");
    private static final Pattern OVERLIMITS = Pattern.compile("overlimits (\\d+)");
    private static final String SLOW_RATE = "64kbit";

    private final IntFunction<List<String>> enter;
    private final IntFunction<String> address;
    private final IntFunction<NodePorts> ports;

    /** Rules in force, and what was counted of each before a namespace was lost. */
    private final Map<Rule, Long> rules = new HashMap<>();

    /** Nodes with queues. */
    private final Set<Integer> shaped = new HashSet<>();

    /** Nodes whose namespaces are gone for now. */
    private final Set<Integer> lost = new HashSet<>();

    private record Rule(Enum<?> about, int from, int to) {
        /** The node in whose namespace it is. */
        int at() {
            return isQueue() ? from : to;
        }

        boolean isQueue() {
            return about == LinkFault.SLOW;
        }

        /** What is dropped comes first: what only counts sees what is left. */
        String place() {
            return about instanceof LinkFault ? "-I" : "-A";
        }

        String mark() {
            return about.toString() + from;
        }
    }

    /**
     * @param enter what stands before a command that is to run in a node's namespace
     * @param address of a node, as a number
     */
    NetworkLinks(IntFunction<List<String>> enter, IntFunction<String> address, IntFunction<NodePorts> ports) {
        this.enter = enter;
        this.address = address;
        this.ports = ports;
    }

    void harm(LinkFault fault, int from, int to) {
        begin(new Rule(fault, from, to));
    }

    /** Number of packets that were kept back or delayed so far. */
    long felt(LinkFault fault, int from, int to) {
        return sum(new Rule(fault, from, to));
    }

    void mend(LinkFault fault, int from, int to) {
        end(new Rule(fault, from, to));
    }

    /** Counts what arrives from now on. */
    void watch(Traffic traffic, int from, int to) {
        begin(new Rule(traffic, from, to));
    }

    /** Number of packets that have arrived since then. */
    long arrived(Traffic traffic, int from, int to) {
        return sum(new Rule(traffic, from, to));
    }

    void unwatch(Traffic traffic, int from, int to) {
        end(new Rule(traffic, from, to));
    }

    /** The namespace of a node is about to end, and with it whatever is done there. */
    void lose(int node) {
        if (lost.contains(node)) {
            return;
        }
        rules.replaceAll((rule, before) -> rule.at() == node ? before + counted(rule) : before);
        shaped.remove(node);
        lost.add(node);
    }

    /** A node that was lost has a new namespace: what harms its links is done there, too. */
    void renew(int node) {
        if (lost.remove(node)) {
            rules.keySet().stream().filter(rule -> rule.at() == node).forEach(this::impose);
        }
    }

    private void begin(Rule rule) {
        rules.put(rule, 0L);
        if (!lost.contains(rule.at())) {
            impose(rule);
        }
    }

    private long sum(Rule rule) {
        return rules.getOrDefault(rule, 0L) + (lost.contains(rule.at()) ? 0 : counted(rule));
    }

    private void end(Rule rule) {
        rules.remove(rule);
        if (lost.contains(rule.at())) {
            return;
        }
        if (rule.isQueue()) {
            in(rule.from(), "tc filter del dev eth0 parent 1: prio " + rule.to());
            in(rule.from(), "tc class del dev eth0 classid 1:" + rule.to());
        } else {
            in(rule.to(), "iptables -w -D INPUT " + matched(rule));
        }
    }

    private void impose(Rule rule) {
        if (rule.isQueue()) {
            if (shaped.add(rule.from())) {
                in(rule.from(), "tc qdisc add dev eth0 root handle 1: htb");
            }
            in(rule.from(), "tc class add dev eth0 parent 1: classid 1:" + rule.to() + " htb rate " + SLOW_RATE);
            in(
                    rule.from(),
                    "tc filter add dev eth0 parent 1: protocol ip prio " + rule.to() + " u32 match ip dst "
                            + address.apply(rule.to()) + " flowid 1:" + rule.to());
        } else {
            in(rule.to(), "iptables -w " + rule.place() + " INPUT " + matched(rule));
        }
    }

    private String matched(Rule rule) {
        return "-s " + address.apply(rule.from()) + " -m comment --comment " + rule.mark() + matchedBy(rule);
    }

    private String matchedBy(Rule rule) {
        if (rule.about() instanceof Traffic traffic) {
            return switch (traffic) {
                case ANY -> "";
                case BROKER ->
                    atPorts(
                            ports.apply(rule.from()).broker(),
                            ports.apply(rule.to()).broker());
            };
        }
        return switch ((LinkFault) rule.about()) {
            case CUT -> " -j DROP";
            case CUT_QUORUM -> {
                NodePorts from = ports.apply(rule.from());
                NodePorts to = ports.apply(rule.to());
                yield atPorts(from.controller(), from.raft(), to.controller(), to.raft()) + " -j DROP";
            }
            case LOSSY -> " -m statistic --mode random --probability 0.3 -j DROP";
            case RESETTING -> " -p tcp -m statistic --mode random --probability 0.05 -j REJECT --reject-with tcp-reset";
            case SLOW -> throw new IllegalStateException("no rule, but a queue");
        };
    }

    /** Requests to these ports, and the answers from them. */
    private static String atPorts(int... ports) {
        return " -p tcp -m multiport --ports "
                + IntStream.of(ports).distinct().mapToObj(String::valueOf).collect(Collectors.joining(","));
    }

    private long counted(Rule rule) {
        if (rule.isQueue()) {
            Matcher overlimits = OVERLIMITS.matcher(in(rule.from(), "tc -s class show dev eth0 classid 1:" + rule.to())
                    .out());
            return overlimits.find() ? Long.parseLong(overlimits.group(1)) : 0;
        }
        String mark = "/* " + rule.mark() + " */";
        return in(rule.to(), "iptables -w -nvxL INPUT").lines().stream()
                .filter(line -> line.contains(mark))
                .mapToLong(line ->
                        Long.parseLong(line.strip().substring(0, line.strip().indexOf(' '))))
                .sum();
    }

    private Programs.Outcome in(int node, String command) {
        return Programs.run(
                        AT_MOST,
                        Stream.concat(enter.apply(node).stream(), SPACE.splitAsStream(command))
                                .toList())
                .expectSuccess();
    }
}
