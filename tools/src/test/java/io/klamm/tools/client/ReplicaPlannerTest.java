/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.tools.CommandException;
import io.klamm.tools.client.ReplicaPlanner.Placed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReplicaPlannerTest {
    private static Map<Integer, @Nullable String> nodes(int... ids) {
        Map<Integer, @Nullable String> racks = new TreeMap<>();
        for (int id : ids) {
            racks.put(id, null);
        }
        return racks;
    }

    private static Placed placed(int partition, Integer... replicas) {
        return new Placed("t", partition, List.of(replicas));
    }

    /** What the cluster is after the moves. */
    private static List<Placed> after(List<Placed> before, List<ReplicaMove> moves) {
        Map<Integer, Placed> partitions = new TreeMap<>();
        before.forEach(placed -> partitions.put(placed.partition(), placed));
        moves.forEach(move -> partitions.put(move.partition(), new Placed("t", move.partition(), move.to())));
        return List.copyOf(partitions.values());
    }

    private static Map<Integer, Integer> load(List<Placed> partitions) {
        Map<Integer, Integer> load = new HashMap<>();
        partitions.forEach(placed -> placed.replicas().forEach(node -> load.merge(node, 1, Integer::sum)));
        return load;
    }

    @Test
    void whatIsEvenStays() {
        List<Placed> even = List.of(placed(0, 1, 2), placed(1, 2, 3), placed(2, 3, 1));
        assertThat(ReplicaPlanner.spread(even, List.of(), nodes(1, 2, 3))).isEmpty();
    }

    @Test
    void aNewNodeGetsItsShareAndNothingElseMoves() {
        List<Placed> three = IntStream.range(0, 12)
                .mapToObj(i -> placed(i, 1 + i % 3, 1 + (i + 1) % 3))
                .toList();
        List<ReplicaMove> moves = ReplicaPlanner.spread(three, List.of(), nodes(1, 2, 3, 4));
        assertThat(moves.stream().mapToLong(ReplicaMove::copies).sum()).isEqualTo(6);
        assertThat(load(after(three, moves)))
                .containsOnly(Map.entry(1, 6), Map.entry(2, 6), Map.entry(3, 6), Map.entry(4, 6));
    }

    @Test
    void aDrainedNodeKeepsNothingAndTheOthersKeepWhatTheyHave() {
        List<Placed> here = List.of(placed(0, 3, 1), placed(1, 2, 3), placed(2, 3, 4));
        List<ReplicaMove> moves = ReplicaPlanner.vacate(3, here, List.of(placed(3, 4, 2)), nodes(1, 2, 4));
        assertThat(moves)
                .hasSize(3)
                .allMatch(move -> move.copies() == 1 && !move.to().contains(3));
        assertThat(load(after(here, moves)).values()).allMatch(count -> count <= 3);
        assertThat(moves.get(1).to().get(0))
                .as("the preferred leader that may stay stays")
                .isEqualTo(2);
    }

    @Test
    void tooFewNodesAreRefused() {
        assertThatThrownBy(() -> ReplicaPlanner.vacate(3, List.of(placed(0, 1, 2, 3)), List.of(), nodes(1, 2)))
                .isInstanceOf(CommandException.class)
                .hasMessageContaining("t-0 has 3 replicas, but only 2 nodes may have them");
        assertThatThrownBy(() -> ReplicaPlanner.only(nodes(1, 2), List.of(2, 7)))
                .isInstanceOf(CommandException.class)
                .hasMessageContaining("node 7 cannot take replicas");
    }

    @Test
    void racksAreKeptApart() {
        Map<Integer, @Nullable String> racks = new TreeMap<>(Map.of(1, "a", 2, "a", 3, "b", 4, "b"));
        List<Placed> here = List.of(placed(0, 1, 3), placed(1, 1, 4));
        List<ReplicaMove> moves =
                ReplicaPlanner.vacate(1, here, List.of(placed(2, 2, 3), placed(3, 2, 3)), racks(racks, 1));
        assertThat(moves).allMatch(move -> move.to().get(0) == 2);
    }

    private static Map<Integer, @Nullable String> racks(Map<Integer, @Nullable String> racks, int without) {
        Map<Integer, @Nullable String> rest = new TreeMap<>(racks);
        rest.remove(without);
        return rest;
    }

    @Test
    void leadersArePreferredEvenlyWithoutCopies() {
        List<Placed> lopsided = List.of(placed(0, 1, 2), placed(1, 1, 2), placed(2, 1, 2), placed(3, 1, 2));
        List<ReplicaMove> moves = ReplicaPlanner.spread(lopsided, List.of(), nodes(1, 2));
        assertThat(moves).hasSize(2).allMatch(move -> move.copies() == 0);
    }

    @Test
    void anyClusterIsLevelledWithinOneReplicaEach() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            int count = 1 + random.nextInt(7);
            int factor = 1 + random.nextInt(count);
            List<Placed> partitions = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                List<Integer> ids = new ArrayList<>(
                        IntStream.rangeClosed(1, count + 2).boxed().toList());
                java.util.Collections.shuffle(ids, random);
                partitions.add(new Placed("t", i, List.copyOf(ids.subList(0, factor))));
            }
            Map<Integer, @Nullable String> nodes =
                    nodes(IntStream.rangeClosed(1, count).toArray());
            List<Placed> after = after(partitions, ReplicaPlanner.spread(partitions, List.of(), nodes));
            Map<Integer, Integer> load = load(after);
            assertThat(load.keySet()).as("seed %s", seed).isSubsetOf(nodes.keySet());
            int[] counts = nodes.keySet().stream()
                    .mapToInt(node -> load.getOrDefault(node, 0))
                    .toArray();
            assertThat(IntStream.of(counts).max().orElse(0)
                            - IntStream.of(counts).min().orElse(0))
                    .as("seed %s", seed)
                    .isLessThanOrEqualTo(1);
            assertThat(after)
                    .as("seed %s", seed)
                    .allMatch(placed ->
                            placed.replicas().size() == factor && new HashSet<>(placed.replicas()).size() == factor);
        }
    }
}
