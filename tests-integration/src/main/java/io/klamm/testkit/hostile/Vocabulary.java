/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import java.util.List;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * Values for the fields of requests, by their names: mostly such as exist, so that a request gets far into its handler, some of the
 * edges, some absurd. Everything that can be changed or destroyed by whoever may connect (there is no authorization yet) is the hostile
 * clients' own: topics, groups, brokers that do not exist.
 *
 * @param topicIds of {@link #TOPICS} in the cluster
 */
record Vocabulary(List<Uuid> topicIds) {
    /** Exist from the beginning to the end of a run. The second is compacted, the third has another codec than its producers. */
    static final List<String> TOPICS = List.of("hostile-0", "hostile-1", "hostile-2");

    /** Of each of these. */
    static final int PARTITIONS = 3;

    /** Are created and deleted. */
    private static final List<String> PASSING = List.of("passing-0", "passing-1", "passing-2", "passing-3");

    private static final List<String> INTERNAL = List.of("__consumer_offsets", "__cluster_metadata");
    private static final List<String> GROUPS = List.of("hostile-a", "hostile-b", "hostile-c", "hostile-d");
    private static final List<String> WORDS = List.of(
            "consumer",
            "range",
            "uniform",
            "member",
            "instance",
            "1",
            "-1",
            "9223372036854775808",
            "PLAINTEXT",
            "localhost",
            "compact",
            "delete",
            "zstd",
            "cleanup.policy",
            "segment.bytes",
            "retention.ms",
            "flush.messages",
            "max.message.bytes",
            "consumer.session.timeout.ms",
            "unknown.config",
            "rack",
            "Stable",
            "classic",
            "metadata.version");
    private static final List<String> PATTERNS =
            List.of("(", ".*", "(a+)+$", "hostile.*", "(((a{100}){100}){100})", "\\", "[^", "a|b|");
    private static final List<String> ODD = List.of(
            "",
            " ",
            ".",
            "..",
            "../../etc/passwd",
            "a/b",
            "\u0000",
            "\u20ac\ud83d\ude00",
            "%s%n",
            "{}",
            "x".repeat(249),
            "x".repeat(250),
            "x".repeat(4_000));
    private static final int LONGEST_STRING = Short.MAX_VALUE;

    /** Not an epoch that is in use, nor will one changed byte make it one. */
    private static final long NO_EPOCH = 0x7171_7171_7171_7171L;

    static <T> T pick(List<T> from, Random random) {
        return from.get(random.nextInt(from.size()));
    }

    String string(ApiKeys api, String field, Random random) {
        int dice = random.nextInt(100);
        if (dice < 8) {
            return pick(ODD, random);
        }
        if (dice == 8) {
            return "y".repeat(LONGEST_STRING - random.nextInt(2));
        }
        if (dice < 25) {
            return pick(WORDS, random);
        }
        if (field.contains("regex")) {
            return pick(PATTERNS, random);
        }
        if (field.contains("group")
                || (field.equals("key") && api == ApiKeys.FIND_COORDINATOR)
                || field.equals("coordinator_keys")) {
            return pick(GROUPS, random);
        }
        if (field.contains("topic") || field.equals("name") || field.equals("resource_name")) {
            return topic(api, random);
        }
        return pick(WORDS, random);
    }

    private static String topic(ApiKeys api, Random random) {
        return switch (api) {
            case CREATE_TOPICS, DELETE_TOPICS, ENVELOPE -> pick(PASSING, random);
            case PRODUCE, FETCH, LIST_OFFSETS, METADATA, OFFSET_FOR_LEADER_EPOCH, DESCRIBE_CONFIGS ->
                random.nextInt(8) == 0 ? pick(INTERNAL, random) : pick(TOPICS, random);
            default -> random.nextInt(8) == 0 ? pick(PASSING, random) : pick(TOPICS, random);
        };
    }

    Uuid uuid(ApiKeys api, Random random) {
        int dice = random.nextInt(10);
        if (dice == 0) {
            return Uuid.ZERO_UUID;
        }
        if (dice == 1 || api == ApiKeys.DELETE_TOPICS || topicIds.isEmpty()) {
            return new Uuid(random.nextLong(), random.nextLong());
        }
        return pick(topicIds, random);
    }

    /** A number for a field of so many bits. */
    long number(ApiKeys api, String field, int bits, Random random) {
        if (field.equals("broker_epoch") || field.equals("replica_epoch") || field.equals("previous_broker_epoch")) {
            return pick(List.of(-1L, NO_EPOCH, Long.MAX_VALUE, -NO_EPOCH), random);
        }
        if ((field.equals("broker_id") && api == ApiKeys.UNREGISTER_BROKER)
                || (field.equals("voter_id") && api == ApiKeys.REMOVE_RAFT_VOTER)) {
            return pick(List.of(-1L, 77L, 78L, (long) Integer.MAX_VALUE, (long) Integer.MIN_VALUE), random);
        }
        int dice = random.nextInt(100);
        if (dice < 12) {
            return random.nextBoolean() ? -1L << (bits - 1) : (1L << (bits - 1)) - 1;
        }
        if (dice < 16) {
            return random.nextLong();
        }
        if (field.contains("num_partitions") || field.equals("count")) {
            return pick(List.of(-1L, 0L, 1L, 2L, 3L, 100_000_000L), random);
        }
        if (field.contains("bytes")) {
            return pick(List.of(0L, 1L, 65_536L, 1_048_576L, (long) Integer.MAX_VALUE), random);
        }
        if (field.contains("timeout") || field.contains("_ms")) {
            return pick(List.of(0L, 1L, 100L, 1_000L, 10_000L), random);
        }
        if (field.contains("type")) {
            return random.nextInt(-1, 40);
        }
        return random.nextInt(-2, 5);
    }
}
