/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A classic group as it is written to the log.
 *
 * @param protocolType "consumer" for consumers, empty when the group only commits offsets
 * @param generation number of the last completed rebalance
 * @param protocol the assignor that was chosen, null while the group is empty
 * @param leader id of the member that assigns, null while the group is empty
 * @param stateTimestampMs since when the group has been in its state, -1 when not known
 */
record StoredGroup(
        String protocolType,
        int generation,
        @Nullable String protocol,
        @Nullable String leader,
        long stateTimestampMs,
        List<Member> members) {
    StoredGroup {
        members = List.copyOf(members);
    }

    /**
     * @param instanceId group.instance.id of a static member (KIP-345), else null
     * @param subscription the member's metadata for the chosen protocol
     * @param assignment what the leader gave it
     */
    @SuppressWarnings("ArrayRecordComponent") // written and read, never compared
    record Member(
            String memberId,
            @Nullable String instanceId,
            String clientId,
            String clientHost,
            int rebalanceTimeoutMs,
            int sessionTimeoutMs,
            byte[] subscription,
            byte[] assignment) {}
}
