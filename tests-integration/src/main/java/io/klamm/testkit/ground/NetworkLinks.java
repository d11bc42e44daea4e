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
import java.util.stream.Stream;

/**
 * Harm to what nodes send to each other, each in a network namespace of its own: packets are dropped and connections reset where they
 * arrive (iptables), and slowed down where they leave (tc). Needs root.
 */
final class NetworkLinks {
    private static final Duration AT_MOST = Duration.ofSeconds(10);
    private static final Pattern SPACE = Pattern.compile(" ");
    private static final Pattern OVERLIMITS = Pattern.compile("overlimits (\\d+)");
    private static final String SLOW_RATE = "64kbit";

    private final IntFunction<List<String>> enter;
    private final IntFunction<String> address;

    /** Harm that is being done, and what was felt of it before a namespace was lost. */
    private final Map<Harm, Long> harms = new HashMap<>();

    /** Nodes with queues. */
    private final Set<Integer> shaped = new HashSet<>();

    /** Nodes whose namespaces are gone for now. */
    private final Set<Integer> lost = new HashSet<>();

    private record Harm(LinkFault fault, int from, int to) {
        /** The node in whose namespace it is done. */
        int at() {
            return fault == LinkFault.SLOW ? from : to;
        }
    }

    /**
     * @param enter what stands before a command that is to run in a node's namespace
     * @param address of a node, as a number
     */
    NetworkLinks(IntFunction<List<String>> enter, IntFunction<String> address) {
        this.enter = enter;
        this.address = address;
    }

    void harm(LinkFault fault, int from, int to) {
        Harm harm = new Harm(fault, from, to);
        harms.put(harm, 0L);
        if (!lost.contains(harm.at())) {
            inflict(harm);
        }
    }

    /** Number of packets that were kept back or delayed so far. */
    long felt(LinkFault fault, int from, int to) {
        Harm harm = new Harm(fault, from, to);
        return harms.getOrDefault(harm, 0L) + (lost.contains(harm.at()) ? 0 : counted(harm));
    }

    void mend(LinkFault fault, int from, int to) {
        Harm harm = new Harm(fault, from, to);
        harms.remove(harm);
        if (!lost.contains(harm.at())) {
            if (fault == LinkFault.SLOW) {
                in(from, "tc filter del dev eth0 parent 1: prio " + to);
                in(from, "tc class del dev eth0 classid 1:" + to);
            } else {
                in(to, "iptables -w -D " + input(harm));
            }
        }
    }

    /** The namespace of a node is about to end, and with it whatever is done there. */
    void lose(int node) {
        if (lost.contains(node)) {
            return;
        }
        harms.replaceAll((harm, before) -> harm.at() == node ? before + counted(harm) : before);
        shaped.remove(node);
        lost.add(node);
    }

    /** A node that was lost has a new namespace: what harms its links is done there, too. */
    void renew(int node) {
        if (lost.remove(node)) {
            harms.keySet().stream().filter(harm -> harm.at() == node).forEach(this::inflict);
        }
    }

    private void inflict(Harm harm) {
        if (harm.fault() == LinkFault.SLOW) {
            if (shaped.add(harm.from())) {
                in(harm.from(), "tc qdisc add dev eth0 root handle 1: htb");
            }
            in(harm.from(), "tc class add dev eth0 parent 1: classid 1:" + harm.to() + " htb rate " + SLOW_RATE);
            in(
                    harm.from(),
                    "tc filter add dev eth0 parent 1: protocol ip prio " + harm.to() + " u32 match ip dst "
                            + address.apply(harm.to()) + " flowid 1:" + harm.to());
        } else {
            in(harm.to(), "iptables -w -A " + input(harm));
        }
    }

    private String input(Harm harm) {
        return "INPUT -s " + address.apply(harm.from()) + " -m comment --comment " + harm.fault() + harm.from()
                + switch (harm.fault()) {
                    case CUT -> " -j DROP";
                    case LOSSY -> " -m statistic --mode random --probability 0.3 -j DROP";
                    case RESETTING ->
                        " -p tcp -m statistic --mode random --probability 0.05 -j REJECT --reject-with tcp-reset";
                    case SLOW -> throw new IllegalStateException("no rule, but a queue");
                };
    }

    private long counted(Harm harm) {
        if (harm.fault() == LinkFault.SLOW) {
            Matcher overlimits = OVERLIMITS.matcher(in(harm.from(), "tc -s class show dev eth0 classid 1:" + harm.to())
                    .out());
            return overlimits.find() ? Long.parseLong(overlimits.group(1)) : 0;
        }
        String mark = "/* " + harm.fault() + harm.from() + " */";
        return in(harm.to(), "iptables -w -nvxL INPUT").lines().stream()
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
