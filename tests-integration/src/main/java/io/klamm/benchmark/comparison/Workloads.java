/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the programs are compared by, in the order in which it is run on freshly started nodes. */
final class Workloads {
    private static final long MB = 1_000_000;
    private static final int KIB = 1 << 10;

    /**
     * The capacity that steady rates are shares of is given, so that it is the same for each program and each round.
     *
     * @param megabytes of values that a workload writes; the larger, the less do beginnings and ends count
     * @param perSecond records of 1 KiB that count as the capacity
     * @param seconds how long steady and idle ones take
     */
    static List<Workload> all(long megabytes, int perSecond, int seconds) {
        long bytes = megabytes * MB;
        List<Workload> all = new ArrayList<>();
        all.add(new Idle("idle, just started", seconds));
        all.add(produce("first 400 MB after the start", ProduceSettings.DEFAULT, KIB, 6, 1, 0, 400 * MB));
        for (int recordBytes : new int[] {100, KIB, 10 * KIB}) {
            all.add(produce(size(recordBytes) + ", 16 KiB batches", ProduceSettings.DEFAULT, recordBytes, 6, 1, bytes));
            all.add(produce(size(recordBytes) + ", 128 KiB batches", ProduceSettings.LARGE, recordBytes, 6, 1, bytes));
        }
        all.add(produce("1 KiB, acks=1", ProduceSettings.DEFAULT.withAcks("1"), KIB, 6, 1, bytes));
        for (String codec : List.of("lz4", "zstd")) {
            all.add(produce("1 KiB, " + codec, ProduceSettings.DEFAULT.compressedBy(codec), KIB, 6, 1, bytes));
        }
        for (int partitions : new int[] {1, 60, 600}) {
            all.add(produce(
                    "1 KiB, " + partitions + (partitions == 1 ? " partition" : " partitions"),
                    ProduceSettings.DEFAULT,
                    KIB,
                    partitions,
                    1,
                    bytes));
        }
        all.add(produce("1 KiB, 8 producers", ProduceSettings.DEFAULT, KIB, 6, 8, bytes));
        all.add(forced("1 KiB, 8 producers, each record on disk", bytes / 8));
        all.add(new Consume("consume 1 KiB, cached", KIB, 6, 1, false, bytes));
        all.add(new Consume("consume 1 KiB, from the disk", KIB, 6, 1, true, bytes));
        all.add(new Consume("consume 1 KiB, 10 consumers of all", KIB, 6, 10, false, bytes / 4));
        all.add(new Mixed("produce and consume 1 KiB, and consume older ones", KIB, 6, bytes / 2));
        all.add(new Compacted("compacted 1 KiB, each key 10 times", KIB, 6, bytes));
        all.add(new Kcat("kcat, 1 KiB", KIB, 6, bytes));
        for (int share : new int[] {10, 50, 80}) {
            all.add(new Steady(
                    "steady 1 KiB, " + share + " %",
                    ProduceSettings.DEFAULT,
                    KIB,
                    6,
                    Math.max(1, perSecond * share / 100),
                    seconds));
        }
        all.add(new IdleConnections("1,000 mostly idle connections", 1_000, seconds));
        all.add(new Idle("idle, after load", seconds));
        return all;
    }

    private static Produce produce(
            String name, ProduceSettings settings, int recordBytes, int partitions, int clients, long bytes) {
        return produce(name, settings, recordBytes, partitions, clients, bytes / 4, bytes);
    }

    private static Produce produce(
            String name,
            ProduceSettings settings,
            int recordBytes,
            int partitions,
            int clients,
            long warmUpBytes,
            long bytes) {
        return new Produce("produce " + name, settings, recordBytes, partitions, clients, Map.of(), warmUpBytes, bytes);
    }

    /** Each batch of each partition is on the disks of those that count before it is acknowledged. */
    private static Produce forced(String name, long bytes) {
        return new Produce(
                "produce " + name, ProduceSettings.DEFAULT, KIB, 6, 8, Map.of("flush.messages", "1"), bytes / 4, bytes);
    }

    private static String size(int bytes) {
        return bytes < KIB ? bytes + " B" : bytes / KIB + " KiB";
    }

    private Workloads() {}
}
