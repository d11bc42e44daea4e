/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.ConfigKey;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the bytes of replicas that catch up (KIP-73): one side of one node, all throttled partitions together. Which partitions are
 * throttled says a setting of their topics, {@code *} or a list of {@code partition:broker}, where the broker is this node. A replica that
 * is in sync is never held back, since producers wait for it, and unlike in Kafka takes nothing from the others' share.
 * Settings are read from the image whenever somebody asks. Thread-safe; costs two comparisons while there is no bound.
 */
public final class ReplicationThrottle {
    /** Topic setting that names the replicas throttled on the leaders' side. */
    public static final String LEADER_KEY = "leader.replication.throttled.replicas";
    /** The same for the followers' side. */
    public static final String FOLLOWER_KEY = "follower.replication.throttled.replicas";

    /** The rate by some settings. */
    private record Bound(Map<?, ?> configs, long bytesPerSecond) {}

    private record Named(String value, boolean all, Set<Integer> partitions) {}

    private final String key;
    private final int nodeId;
    private final Supplier<MetadataImage> image;
    private final ToLongFunction<MetadataImage> bytesPerSecond;
    private final ByteRate rate;
    private volatile Bound bound = new Bound(Map.of(), Long.MAX_VALUE);
    /** By topic, of topics that name some. */
    private final Map<String, Named> named = new ConcurrentHashMap<>();

    /**
     * @param key {@link #LEADER_KEY} or {@link #FOLLOWER_KEY}
     * @param bytesPerSecond the rate by the settings of an image, {@link Long#MAX_VALUE} without a bound
     */
    public ReplicationThrottle(
            String key,
            int nodeId,
            Supplier<MetadataImage> image,
            ToLongFunction<MetadataImage> bytesPerSecond,
            LongSupplier nanoTime) {
        this.key = key;
        this.nodeId = nodeId;
        this.image = image;
        this.bytesPerSecond = bytesPerSecond;
        this.rate = new ByteRate(nanoTime);
    }

    /** One that holds nobody back. */
    public static ReplicationThrottle none() {
        return new ReplicationThrottle("", -1, () -> MetadataImage.EMPTY, any -> Long.MAX_VALUE, () -> 0);
    }

    /** How long a follower's replica must wait before it may fetch on, in nanoseconds: 0 is now. */
    public long pauseNanos(PartitionId id, String topic, int followerId) {
        return isThrottled(id, topic, followerId) ? rate.pauseNanos() : 0;
    }

    /** A follower's replica got so many bytes. */
    public void took(PartitionId id, String topic, int followerId, int bytes) {
        if (isThrottled(id, topic, followerId)) {
            rate.take(bytes);
        }
    }

    private boolean isThrottled(PartitionId id, String topic, int followerId) {
        MetadataImage now = image.get();
        if (boundBy(now) == Long.MAX_VALUE) {
            return false;
        }
        PartitionState state = now.partition(id);
        return state != null && !state.isr().contains(followerId) && names(now, topic, id.partition());
    }

    /** Images share what did not change, so the same settings need not be read again. */
    @SuppressWarnings("ReferenceEquality")
    private long boundBy(MetadataImage now) {
        Bound known = bound;
        if (known.configs != now.configs()) {
            known = new Bound(now.configs(), bytesPerSecond.applyAsLong(now));
            rate.set(known.bytesPerSecond);
            bound = known;
        }
        return known.bytesPerSecond;
    }

    private boolean names(MetadataImage now, String topic, int partition) {
        String value =
                now.config(new ConfigKey(ConfigResourceType.TOPIC, topic)).get(key);
        if (value == null) {
            named.remove(topic);
            return false;
        }
        Named known = named.get(topic);
        if (known == null || !known.value.equals(value)) {
            known = parse(value);
            named.put(topic, known);
        }
        return known.all || known.partitions.contains(partition);
    }

    private Named parse(String value) {
        Set<Integer> partitions = new HashSet<>();
        boolean all = false;
        for (String entry : value.split(",", -1)) {
            all |= entry.trim().equals("*");
            Integer partition = ofThisNode(entry.trim().split(":", -1));
            if (partition != null) {
                partitions.add(partition);
            }
        }
        return new Named(value, all, partitions);
    }

    /** Null when it is another broker's; values are validated before they become facts. */
    private @Nullable Integer ofThisNode(String[] parts) {
        try {
            return parts.length == 2 && Integer.parseInt(parts[1]) == nodeId ? Integer.valueOf(parts[0]) : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
