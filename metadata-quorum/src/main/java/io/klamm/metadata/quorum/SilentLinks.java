/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.ratis.protocol.RaftPeerId;
import org.jspecify.annotations.Nullable;

/**
 * To which members the connections are to be made anew. TCP sends what is lost again after pauses that double, and gRPC has no bound for
 * the first word of the other end (HTTP/2 settings): when links were cut for a while, or that end was reset and the news of it got lost,
 * everything to the member waits behind the old connection, long after a new one would do.
 *
 * <p>A member may also be silent because it is busy with a snapshot, or does not run though its system still takes connections; so the
 * pause doubles from one connection to the next. Not thread-safe.
 */
final class SilentLinks {
    /** Longer than any election time-out that does not mean trouble by itself. */
    static final long FIRST_PAUSE_MS = 2_000;

    static final long LONGEST_PAUSE_MS = 60_000;

    private final Map<RaftPeerId, Renewal> renewals = new HashMap<>();

    /** @param pauseMs that was waited before it */
    private record Renewal(long atMs, long pauseMs) {}

    /** @param silentMs how long nothing has been heard of it that was asked for */
    record Link(RaftPeerId peer, long silentMs) {}

    /**
     * @param links to all members that this voter has something to say to
     * @param nowMs of a clock that never goes back
     * @return those to connect to anew as soon as they can be reached; they stay due until {@link #renewed}
     */
    List<RaftPeerId> due(List<Link> links, long nowMs) {
        List<RaftPeerId> due = new ArrayList<>();
        Map<RaftPeerId, Renewal> before = Map.copyOf(renewals);
        renewals.clear();
        for (Link link : links) {
            Renewal last = before.get(link.peer());
            if (last != null && link.silentMs() < nowMs - last.atMs()) {
                last = null; // it has been heard since
            }
            if (last != null) {
                renewals.put(link.peer(), last);
            }
            if (waitedMs(link, last, nowMs) >= pauseMs(last)) {
                due.add(link.peer());
            }
        }
        return due;
    }

    private static long waitedMs(Link link, @Nullable Renewal last, long nowMs) {
        return last == null ? link.silentMs() : nowMs - last.atMs();
    }

    private static long pauseMs(@Nullable Renewal last) {
        return last == null ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, 2 * last.pauseMs());
    }

    /** The connection to a member that was due is made anew. */
    void renewed(RaftPeerId peer, long nowMs) {
        renewals.put(peer, new Renewal(nowMs, pauseMs(renewals.get(peer))));
    }
}
