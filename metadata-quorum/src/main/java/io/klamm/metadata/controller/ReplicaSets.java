/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/** Sets of replicas as lists, since their order is kept: that of the first operand. */
final class ReplicaSets {
    private ReplicaSets() {}

    static List<Integer> union(List<Integer> a, List<Integer> b) {
        return Stream.concat(a.stream(), b.stream()).distinct().toList();
    }

    static List<Integer> intersect(List<Integer> a, Collection<Integer> b) {
        return a.stream().filter(b::contains).toList();
    }

    static List<Integer> minus(List<Integer> a, Collection<Integer> b) {
        return a.stream().filter(node -> !b.contains(node)).toList();
    }
}
