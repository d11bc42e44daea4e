/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.jspecify.annotations.Nullable;

/** A member of a classic group. */
final class ClassicMember {
    static final byte[] NOTHING = {};

    /** One assignor that the member can work with, and what it tells the leader about itself. */
    @SuppressWarnings("ArrayRecordComponent") // the codec's own array; compared by saysTheSame
    record Protocol(String name, byte[] metadata) {}

    private final String memberId;
    private final @Nullable String instanceId;
    String clientId;
    String clientHost;
    int rebalanceTimeoutMs;
    int sessionTimeoutMs;
    List<Protocol> protocols;
    byte[] assignment = NOTHING;

    /** Has not been part of a generation yet. */
    boolean isNew;

    /** It has asked to join and waits for the others. */
    @Nullable
    CompletableFuture<JoinGroupResponseData> join;

    /** It waits for the leader's assignment. */
    @Nullable
    CompletableFuture<SyncGroupResponseData> sync;

    /** Monotonic; when the session ends unless the member is heard before. */
    long deadlineMs;

    /** Cancels the timer of the session; null when none is set. */
    @Nullable
    Runnable deadlineTimer;

    ClassicMember(
            String memberId,
            @Nullable String instanceId,
            String clientId,
            String clientHost,
            int rebalanceTimeoutMs,
            int sessionTimeoutMs,
            List<Protocol> protocols) {
        this.memberId = memberId;
        this.instanceId = instanceId;
        this.clientId = clientId;
        this.clientHost = clientHost;
        this.rebalanceTimeoutMs = rebalanceTimeoutMs;
        this.sessionTimeoutMs = sessionTimeoutMs;
        this.protocols = List.copyOf(protocols);
    }

    String memberId() {
        return memberId;
    }

    @Nullable
    String instanceId() {
        return instanceId;
    }

    boolean isStatic() {
        return instanceId != null;
    }

    boolean waits() {
        return join != null || sync != null;
    }

    /** What it tells about itself for one assignor, empty when it does not know it. */
    byte[] metadata(@Nullable String protocol) {
        for (Protocol known : protocols) {
            if (known.name().equals(protocol)) {
                return known.metadata();
            }
        }
        return NOTHING;
    }

    boolean supports(String protocol) {
        return protocols.stream().anyMatch(known -> known.name().equals(protocol));
    }

    /** Whether it says the same as before: names, order and metadata. */
    boolean saysTheSame(List<Protocol> others) {
        if (protocols.size() != others.size()) {
            return false;
        }
        for (int i = 0; i < protocols.size(); i++) {
            if (!protocols.get(i).name().equals(others.get(i).name())
                    || !java.util.Arrays.equals(
                            protocols.get(i).metadata(), others.get(i).metadata())) {
                return false;
            }
        }
        return true;
    }
}
