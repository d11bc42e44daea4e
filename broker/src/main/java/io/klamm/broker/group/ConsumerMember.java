/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import org.jspecify.annotations.Nullable;

/** A member of a consumer group: what the log says of it, and the timers that watch it. */
final class ConsumerMember {
    private final String id;
    private MemberMetadata metadata;
    private MemberAssignment assignment = MemberAssignment.NONE;

    /** Monotonic; when the session ends unless the member is heard before. */
    long deadlineMs;

    /** Cancels the timer of the session; null when none is set. */
    @Nullable
    Runnable sessionTimer;

    /** Cancels the timer that runs while the member has partitions to give up; null when none is set. */
    @Nullable
    Runnable revocationTimer;

    ConsumerMember(String id, MemberMetadata metadata) {
        this.id = id;
        this.metadata = metadata;
    }

    String id() {
        return id;
    }

    MemberMetadata metadata() {
        return metadata;
    }

    MemberAssignment assignment() {
        return assignment;
    }

    int epoch() {
        return assignment.epoch();
    }

    void become(MemberMetadata changed) {
        metadata = changed;
    }

    void become(MemberAssignment changed) {
        assignment = changed;
    }

    void cancelSession() {
        if (sessionTimer != null) {
            sessionTimer.run();
            sessionTimer = null;
        }
    }

    void cancelRevocation() {
        if (revocationTimer != null) {
            revocationTimer.run();
            revocationTimer = null;
        }
    }

    /** Nobody watches it any more. */
    void cancelTimers() {
        cancelSession();
        cancelRevocation();
    }
}
