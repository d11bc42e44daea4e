/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.assign.SubscriptionPattern;
import java.util.Collection;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** What a ConsumerGroupHeartbeat must look like whatever the group is (KIP-848, 1082). */
final class HeartbeatRules {
    /** Epoch of who joins, or joins anew. */
    static final int JOIN = 0;
    /** Epoch of who leaves. */
    static final int LEAVE = -1;
    /** Epoch of a static member that leaves and will be back. */
    static final int LEAVE_FOR_A_WHILE = -2;

    /** From here on clients make their own ids. */
    private static final int FIRST_VERSION_WITH_OWN_IDS = 1;

    private HeartbeatRules() {}

    /** @throws org.apache.kafka.common.errors.ApiException INVALID_REQUEST, INVALID_REGULAR_EXPRESSION or UNSUPPORTED_ASSIGNOR, when it does not */
    static void check(ConsumerGroupHeartbeatRequestData request, short version, Collection<String> assignors) {
        int epoch = request.memberEpoch();
        require(!isBlank(request.groupId()), "The group id must not be empty");
        require(
                !isBlank(request.memberId()) || (version < FIRST_VERSION_WITH_OWN_IDS && epoch == JOIN),
                "The member id must not be empty");
        require(!isBlank(request.instanceId()), "The instance id must not be empty");
        require(!isBlank(request.rackId()), "The rack id must not be empty");
        require(epoch >= LEAVE_FOR_A_WHILE, "There is no member epoch " + epoch);
        require(
                epoch != LEAVE_FOR_A_WHILE || request.instanceId() != null,
                "Only a static member, which has an instance id, can leave for a while");
        require(
                request.rebalanceTimeoutMs() >= -1 && (epoch != JOIN || request.rebalanceTimeoutMs() >= 0),
                "A member that joins must tell its rebalance timeout");
        require(
                epoch != JOIN
                        || (request.topicPartitions() != null
                                && request.topicPartitions().isEmpty()),
                "A member that joins must tell that it owns no partitions");
        require(
                epoch != JOIN || subscribes(request),
                "A member that joins must subscribe to topics, by names or by a regular expression");
        if (!isNothing(request.subscribedTopicRegex())) {
            SubscriptionPattern.compile(request.subscribedTopicRegex());
        }
        if (request.serverAssignor() != null && !assignors.contains(request.serverAssignor())) {
            throw Errors.UNSUPPORTED_ASSIGNOR.exception(
                    "There is no assignor " + request.serverAssignor() + " here, only " + String.join(", ", assignors));
        }
    }

    private static boolean subscribes(ConsumerGroupHeartbeatRequestData request) {
        boolean byName = request.subscribedTopicNames() != null
                && !request.subscribedTopicNames().isEmpty();
        return byName || !isNothing(request.subscribedTopicRegex());
    }

    private static boolean isNothing(@Nullable String text) {
        return text == null || text.isEmpty();
    }

    /** Null is no string at all, which is fine where a field may be missing. */
    private static boolean isBlank(@Nullable String text) {
        return text != null && text.isBlank();
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw Errors.INVALID_REQUEST.exception(message);
        }
    }
}
