/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.metadata.image.MetadataImage;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * What bounds the copying of this node's replicas.
 *
 * @param leader what it sends as leader to replicas that catch up
 * @param follower what it fetches for its replicas that catch up
 * @param moves what moves between its log dirs
 * @param movesBytesPerSecond rate of {@code moves} by the settings of an image
 */
public record ReplicaThrottles(
        ReplicationThrottle leader,
        ReplicationThrottle follower,
        ByteRate moves,
        ToLongFunction<MetadataImage> movesBytesPerSecond) {
    /** They hold nobody back. */
    public static final ReplicaThrottles NONE = new ReplicaThrottles(
            ReplicationThrottle.none(), ReplicationThrottle.none(), new ByteRate(() -> 0), image -> Long.MAX_VALUE);

    /** How long a move must wait before it may copy on, in nanoseconds: 0 is now. */
    long movePauseNanos(Supplier<MetadataImage> image) {
        moves.set(movesBytesPerSecond.applyAsLong(image.get()));
        return moves.pauseNanos();
    }
}
