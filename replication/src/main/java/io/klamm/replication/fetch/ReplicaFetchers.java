/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.fetch;

import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.FollowerAssignments;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All fetchers of a node: for each source up to num.replica.fetchers lanes and one to spare. A partition goes to the lane of its hash,
 * unless that one's request is out and another lane's is not: a source may hold a request for long when nothing is written to the
 * partitions in it, and a partition that comes to a new leader must not wait for that.
 */
public final class ReplicaFetchers implements FollowerAssignments {
    /** Opens the way to a source; each lane has its own. */
    @FunctionalInterface
    public interface Transports {
        FetchTransport open(int sourceId, int lane);
    }

    private record Place(int sourceId, FollowerFetcher fetcher) {}

    private final FetchContext context;
    private final Transports transports;
    private final Map<Integer, TreeMap<Integer, FollowerFetcher>> lanesOf = new HashMap<>();
    private final Map<PartitionId, Place> places = new HashMap<>();
    private boolean closed;

    public ReplicaFetchers(FetchContext context, Transports transports) {
        this.context = context;
        this.transports = transports;
    }

    @Override
    public void assign(List<Assignment> changes) {
        Set<FollowerFetcher> touched = new LinkedHashSet<>();
        List<FollowerFetcher> done = new ArrayList<>();
        synchronized (this) {
            if (closed) {
                return;
            }
            for (Assignment change : changes) {
                assign(change, touched);
            }
            removeEmptyLanes(done);
        }
        done.forEach(FollowerFetcher::close);
        touched.removeAll(done);
        touched.forEach(FollowerFetcher::pump);
    }

    private void assign(Assignment change, Set<FollowerFetcher> touched) {
        PartitionId id = change.replica().id();
        Place place = places.get(id);
        if (place != null && place.sourceId != change.leaderId()) {
            place.fetcher.unfollow(id);
            places.remove(id);
            place = null;
        }
        if (change.leaderId() >= 0) {
            FollowerFetcher fetcher = place == null ? lane(change.leaderId(), id) : place.fetcher;
            places.put(id, new Place(change.leaderId(), fetcher));
            fetcher.follow(change.replica(), change.leaderEpoch());
            touched.add(fetcher);
        }
    }

    private FollowerFetcher lane(int sourceId, PartitionId id) {
        TreeMap<Integer, FollowerFetcher> lanes = lanesOf.computeIfAbsent(sourceId, source -> new TreeMap<>());
        int count = Math.max(1, context.settings().replicaFetchers());
        int preferred = Math.floorMod(id.hashCode(), count);
        Integer free = isFree(lanes.get(preferred)) ? Integer.valueOf(preferred) : null;
        for (int lane = 0; free == null && lane <= count; lane++) {
            free = isFree(lanes.get(lane)) ? lane : null;
        }
        return lanes.computeIfAbsent(
                free == null ? preferred : free,
                lane -> new FollowerFetcher(
                        "fetcher of node " + sourceId + " lane " + lane, context, transports.open(sourceId, lane)));
    }

    private static boolean isFree(@Nullable FollowerFetcher fetcher) {
        return fetcher == null || fetcher.idle();
    }

    private void removeEmptyLanes(List<FollowerFetcher> removed) {
        for (TreeMap<Integer, FollowerFetcher> lanes : lanesOf.values()) {
            lanes.values().removeIf(fetcher -> fetcher.isEmpty() && removed.add(fetcher));
        }
        lanesOf.values().removeIf(TreeMap::isEmpty);
    }

    @Override
    public void close() {
        List<FollowerFetcher> all = new ArrayList<>();
        synchronized (this) {
            closed = true;
            lanesOf.values().forEach(lanes -> all.addAll(lanes.values()));
            lanesOf.clear();
            places.clear();
        }
        all.forEach(FollowerFetcher::close);
    }
}
