/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.ratis.protocol.RaftPeerId;

/**
 * To which members the connections are to be made anew. gRPC has no bound for the first word of the other end (HTTP/2 settings): when that
 * end has been reset and the news of it got lost, everything to that member waits for ever behind it, and a follower hears nothing more
 * of its leader while both are well.
 *
 * <p>A member may also be silent because it is down, or busy with a snapshot; so the pause doubles from one attempt to the next.
 * Not thread-safe.
 */
final class SilentLinks {
    /** Longer than any election time-out that does not mean trouble by itself. */
    static final long FIRST_PAUSE_MS = 3_000;

    static final long LONGEST_PAUSE_MS = 60_000;

    private final Map<RaftPeerId, Attempt> attempts = new HashMap<>();

    /** @param pauseMs since the attempt before, or since the member was heard */
    private record Attempt(long atMs, long pauseMs) {}

    /** @param silentMs how long nothing has been heard of it that was asked for */
    record Link(RaftPeerId peer, long silentMs) {}

    /**
     * @param links to all members that this voter has something to say to
     * @param nowMs of a clock that never goes back
     * @return those to connect to anew; this counts as an attempt
     */
    List<RaftPeerId> due(List<Link> links, long nowMs) {
        List<RaftPeerId> due = new ArrayList<>();
        Map<RaftPeerId, Attempt> before = Map.copyOf(attempts);
        attempts.clear();
        for (Link link : links) {
            Attempt last = before.get(link.peer());
            if (last != null && link.silentMs() < nowMs - last.atMs()) {
                last = null; // it has been heard since
            }
            long pauseMs = last == null ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, 2 * last.pauseMs());
            long waitedMs = last == null ? link.silentMs() : nowMs - last.atMs();
            if (waitedMs >= pauseMs) {
                due.add(link.peer());
                attempts.put(link.peer(), new Attempt(nowMs, pauseMs));
            } else if (last != null) {
                attempts.put(link.peer(), last);
            }
        }
        return due;
    }
}
