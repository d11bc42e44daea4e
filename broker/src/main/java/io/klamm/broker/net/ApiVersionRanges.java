/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * The versions we serve, one row an API: a row is written when its handler serves every version in it. The codec may know more
 * APIs and more versions; what is not here is neither advertised nor accepted.
 */
public final class ApiVersionRanges {
    private static final Map<ApiKeys, VersionRange> SERVED = served();

    private ApiVersionRanges() {}

    private static Map<ApiKeys, VersionRange> served() {
        Rows rows = new Rows();
        rows.add(ApiKeys.PRODUCE, 3, 13);
        rows.add(ApiKeys.FETCH, 4, 18);
        rows.add(ApiKeys.LIST_OFFSETS, 1, 11);
        rows.add(ApiKeys.METADATA, 0, 13);
        rows.add(ApiKeys.FIND_COORDINATOR, 0, 6);
        rows.add(ApiKeys.API_VERSIONS, 0, 5);
        rows.add(ApiKeys.CREATE_TOPICS, 2, 7);
        rows.add(ApiKeys.DELETE_TOPICS, 1, 6);
        rows.add(ApiKeys.CREATE_PARTITIONS, 0, 3);
        rows.add(ApiKeys.ELECT_LEADERS, 0, 2);
        rows.add(ApiKeys.DELETE_RECORDS, 0, 2);
        rows.add(ApiKeys.INIT_PRODUCER_ID, 0, 5); // 6 is still unstable in the codec (KIP-939)
        rows.add(ApiKeys.OFFSET_FOR_LEADER_EPOCH, 2, 4);
        rows.add(ApiKeys.DESCRIBE_CONFIGS, 1, 4);
        rows.add(ApiKeys.ALTER_CONFIGS, 0, 2);
        rows.add(ApiKeys.INCREMENTAL_ALTER_CONFIGS, 0, 1);
        rows.add(ApiKeys.DESCRIBE_CLUSTER, 0, 2);
        rows.add(ApiKeys.ALTER_REPLICA_LOG_DIRS, 1, 2);
        rows.add(ApiKeys.DESCRIBE_LOG_DIRS, 1, 5);
        rows.add(ApiKeys.ALTER_PARTITION_REASSIGNMENTS, 0, 1);
        rows.add(ApiKeys.LIST_PARTITION_REASSIGNMENTS, 0, 0);
        rows.add(ApiKeys.UNREGISTER_BROKER, 0, 0);
        rows.add(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, 0, 0);
        rows.add(ApiKeys.ADD_RAFT_VOTER, 0, 1);
        rows.add(ApiKeys.REMOVE_RAFT_VOTER, 0, 0);
        rows.add(ApiKeys.OFFSET_COMMIT, 2, 10);
        rows.add(ApiKeys.OFFSET_FETCH, 1, 10);
        rows.add(ApiKeys.JOIN_GROUP, 0, 9);
        rows.add(ApiKeys.HEARTBEAT, 0, 4);
        rows.add(ApiKeys.LEAVE_GROUP, 0, 5);
        rows.add(ApiKeys.SYNC_GROUP, 0, 5);
        rows.add(ApiKeys.DESCRIBE_GROUPS, 0, 6);
        rows.add(ApiKeys.LIST_GROUPS, 0, 5);
        rows.add(ApiKeys.DELETE_GROUPS, 0, 3);
        rows.add(ApiKeys.OFFSET_DELETE, 0, 0);
        rows.add(ApiKeys.CONSUMER_GROUP_HEARTBEAT, 0, 1);
        rows.add(ApiKeys.CONSUMER_GROUP_DESCRIBE, 0, 1);
        // Between nodes
        rows.add(ApiKeys.END_QUORUM_EPOCH, 0, 1);
        rows.add(ApiKeys.DESCRIBE_QUORUM, 0, 2);
        rows.add(ApiKeys.ALTER_PARTITION, 2, 3);
        rows.add(ApiKeys.ENVELOPE, 0, 0);
        rows.add(ApiKeys.FETCH_SNAPSHOT, 0, 1);
        rows.add(ApiKeys.BROKER_REGISTRATION, 0, 4);
        rows.add(ApiKeys.BROKER_HEARTBEAT, 0, 2);
        rows.add(ApiKeys.ALLOCATE_PRODUCER_IDS, 0, 0);
        rows.add(ApiKeys.ASSIGN_REPLICAS_TO_DIRS, 0, 0);
        return Collections.unmodifiableMap(rows.ranges);
    }

    /**
     * The versions that are served.
     *
     * @throws IllegalArgumentException when the API has no row
     */
    public static VersionRange served(ApiKeys api) {
        VersionRange range = SERVED.get(api);
        if (range == null) {
            throw new IllegalArgumentException("no row in the version table for " + api.name);
        }
        return range;
    }

    /**
     * The versions that ApiVersions tells. They are those that are served, but for Produce, which is told from 0: librdkafka takes
     * a broker without Produce 0 for one without message support (KIP-896 keeps this too). Versions 0 to 2 are answered with
     * UNSUPPORTED_VERSION.
     */
    public static VersionRange advertised(ApiKeys api) {
        VersionRange served = served(api);
        return api == ApiKeys.PRODUCE ? new VersionRange((short) 0, served.max()) : served;
    }

    private static final class Rows {
        private final Map<ApiKeys, VersionRange> ranges = new EnumMap<>(ApiKeys.class);

        void add(ApiKeys api, int min, int max) {
            if (min < api.oldestVersion() || max > api.latestVersion() || min > max) {
                throw new IllegalStateException("the codec does not know " + api.name + " " + min + " to " + max);
            }
            ranges.put(api, new VersionRange((short) min, (short) max));
        }
    }
}
