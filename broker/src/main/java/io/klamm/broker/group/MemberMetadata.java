/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who a member of a consumer group is, and what it wants; what it owns is its {@link MemberAssignment}.
 *
 * @param rebalanceTimeoutMs how long it may take to give partitions up
 * @param topicNames it subscribes to
 * @param topicPattern regular expression that it subscribes to besides, null when none
 * @param serverAssignor that it wishes for, null when it leaves that to others
 * @param classic what it is as a client of the classic protocol; null when it is none
 */
record MemberMetadata(
        Client client,
        int rebalanceTimeoutMs,
        SortedSet<String> topicNames,
        @Nullable String topicPattern,
        @Nullable String serverAssignor,
        @Nullable ClassicClient classic) {
    /** Of a member whose own record has not been read yet. */
    static final MemberMetadata UNKNOWN =
            new MemberMetadata(new Client(null, null, "", ""), -1, Collections.emptySortedSet(), null, null, null);

    MemberMetadata {
        topicNames = Collections.unmodifiableSortedSet(new TreeSet<>(topicNames));
    }

    /**
     * @param instanceId group.instance.id of a static member, else null
     * @param rackId client.rack, null when not told
     */
    record Client(@Nullable String instanceId, @Nullable String rackId, String clientId, String clientHost) {}

    /** A member that speaks the classic protocol in a consumer group. */
    record ClassicClient(int sessionTimeoutMs, List<ClassicMember.Protocol> protocols) {
        ClassicClient {
            protocols = List.copyOf(protocols);
        }
    }

    @Nullable
    String instanceId() {
        return client.instanceId();
    }

    boolean isStatic() {
        return client.instanceId() != null;
    }

    @Nullable
    String rackId() {
        return client.rackId();
    }

    String clientId() {
        return client.clientId();
    }

    String clientHost() {
        return client.clientHost();
    }

    boolean subscribesToTheSameAs(MemberMetadata other) {
        return topicNames.equals(other.topicNames) && Objects.equals(topicPattern, other.topicPattern);
    }
}
