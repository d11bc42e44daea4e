/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.BrokerDirectoriesChanged;
import io.klamm.metadata.fact.BrokerFenced;
import io.klamm.metadata.fact.BrokerRegistered;
import io.klamm.metadata.fact.BrokerShutdownStarted;
import io.klamm.metadata.fact.BrokerUnfenced;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices when brokers die, by refused connections and by silence (design D6), has them fenced, and follows up until their
 * partitions are settled. Confined to the controller thread.
 */
final class BrokerWatch {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerWatch.class);

    /** A new controller waits this long for all its dials, so that brokers that died together are fenced together. */
    private static final long FIRST_DIALS_MS = 100;

    private final PartitionElector elector;
    private final GroupCommit commit;
    private final ControllerThread thread;
    private final LongSupplier nanoTime;
    private final BrokerSessions sessions;
    private final BrokerDialer dialer;

    /** Epochs of brokers for which a fence is under way. */
    private final Set<Long> fencing = new HashSet<>();

    /** Tells what was asked in an earlier reign from what was asked in this one. */
    private long reign;

    BrokerWatch(
            BrokerSessions sessions,
            BrokerDialer dialer,
            PartitionElector elector,
            GroupCommit commit,
            ControllerThread thread,
            LongSupplier nanoTime) {
        this.sessions = sessions;
        this.dialer = dialer;
        this.elector = elector;
        this.commit = commit;
        this.thread = thread;
        this.nanoTime = nanoTime;
    }

    /** Leadership is gone. */
    void clear() {
        reign++;
        sessions.clear();
        fencing.clear();
    }

    /** Leadership is here: everybody gets a session, and a dial at once. */
    void begin() {
        long asked = reign;
        List<BrokerFenced> refused = new ArrayList<>();
        List<CompletableFuture<Void>> dials = new ArrayList<>();
        for (BrokerImage broker : commit.committed().brokers().values()) {
            sessions.start(broker.nodeId(), broker.brokerEpoch(), nanoTime.getAsLong());
            if (!broker.fenced()) {
                dials.add(dialer.isRefused(broker).thenAccept(isRefused -> {
                    if (isRefused) {
                        refused.add(new BrokerFenced(broker.nodeId(), broker.brokerEpoch()));
                    }
                }));
            }
        }
        CompletableFuture<Void> all = CompletableFuture.allOf(dials.toArray(CompletableFuture[]::new));
        thread.then(all, (done, error) -> fenceRefused(asked, refused));
        thread.schedule(
                () -> {
                    fenceRefused(asked, refused);
                    // Those that answer later count one by one.
                    dials.forEach(dial -> thread.then(dial, (done, error) -> fenceRefused(asked, refused)));
                },
                FIRST_DIALS_MS);
    }

    private void fenceRefused(long asked, List<BrokerFenced> refused) {
        if (asked == reign) {
            List<BrokerFenced> unheard = refused.stream()
                    .filter(fact -> !sessions.isHeard(fact.nodeId(), fact.brokerEpoch()))
                    .toList();
            refused.clear();
            fence(unheard, "refuses connections");
        }
    }

    /** @param dueNanos when this look was due */
    void look(long dueNanos) {
        List<BrokerFenced> expired = sessions.expired(commit.committed(), dueNanos, nanoTime.getAsLong());
        fence(expired, "was silent for the session time-out");
    }

    void connectionLost(int nodeId, long brokerEpoch) {
        BrokerImage broker = commit.committed().broker(nodeId);
        if (broker == null || broker.brokerEpoch() != brokerEpoch) {
            return;
        }
        sessions.connectionLost(nodeId, brokerEpoch, nanoTime.getAsLong());
        if (!broker.fenced()) {
            long asked = reign;
            thread.then(dialer.isRefused(broker), (refused, error) -> {
                if (Boolean.TRUE.equals(refused) && asked == reign && sessions.isConnectionLost(nodeId, brokerEpoch)) {
                    fence(List.of(new BrokerFenced(nodeId, brokerEpoch)), "refuses connections");
                }
            });
        }
    }

    /** The epoch of the incarnation that a registration would displace, once it is known to be dead; else -1. */
    CompletableFuture<Long> goneEpoch(BrokerRegistration registration) {
        BrokerImage previous = commit.committed().broker(registration.nodeId());
        if (previous == null || !BrokerRegistrar.needsProofOfDeath(previous, registration)) {
            return CompletableFuture.completedFuture(-1L);
        }
        long epoch = previous.brokerEpoch();
        if (isDisplaced(previous, registration)) {
            return CompletableFuture.completedFuture(epoch);
        }
        return dialer.isRefused(previous).thenApply(refused -> refused ? epoch : -1L);
    }

    /**
     * What a dial cannot tell, since the new process may listen at the same address already. The old one has lost its
     * connection to this controller; or it was never heard of here, and another process could bind its addresses.
     */
    private boolean isDisplaced(BrokerImage previous, BrokerRegistration registration) {
        int node = previous.nodeId();
        long epoch = previous.brokerEpoch();
        return sessions.isConnectionLost(node, epoch)
                || (!sessions.isHeard(node, epoch)
                        && previous.registration().endpoints().equals(registration.endpoints()));
    }

    /** Notes a heartbeat of a registered broker. */
    void heard(MetadataImage image, BrokerHeartbeat heartbeat) {
        long now = nanoTime.getAsLong();
        sessions.heartbeat(heartbeat, now);
        BrokerImage broker = image.broker(heartbeat.nodeId());
        if (broker != null && broker.shuttingDown()) {
            // Known already, unless an earlier controller began it.
            sessions.shutdownStarted(heartbeat.nodeId(), heartbeat.brokerEpoch(), image.endOffset(), now);
        }
    }

    boolean othersTookOver(MetadataImage image, BrokerHeartbeat heartbeat) {
        return sessions.othersTookOver(image, heartbeat.nodeId(), heartbeat.brokerEpoch());
    }

    /** Follows up on a batch that has been applied. */
    void applied(FactBatch batch) {
        long now = nanoTime.getAsLong();
        Set<Integer> moved = new TreeSet<>();
        for (MetadataFact fact : batch.facts()) {
            if (fact instanceof BrokerRegistered broker) {
                sessions.start(broker.nodeId(), broker.brokerEpoch(), now);
            } else if (fact instanceof BrokerFenced broker) {
                moved.add(broker.nodeId());
            } else if (fact instanceof BrokerDirectoriesChanged broker) {
                moved.add(broker.nodeId());
            } else if (fact instanceof BrokerUnfenced broker) {
                sessions.start(broker.nodeId(), broker.brokerEpoch(), now);
                moved.add(broker.nodeId());
            } else if (fact instanceof BrokerShutdownStarted broker) {
                sessions.shutdownStarted(broker.nodeId(), broker.brokerEpoch(), batch.endOffset(), now);
                moved.add(broker.nodeId());
            }
        }
        if (!moved.isEmpty()) {
            settle(moved);
        }
    }

    /** Settles what an earlier reign may have left half done. */
    void settleAll() {
        settle(List.copyOf(new TreeSet<>(commit.committed().brokers().keySet())));
    }

    /** One entry after another until nothing is left to do. */
    private void settle(Collection<Integer> nodes) {
        long asked = reign;
        CompletableFuture<Boolean> settled =
                commit.submitOwn("settle leaders", image -> elector.settle(image, nodes, FactSize.MAX_BULK_BYTES));
        thread.then(settled, (more, error) -> {
            if (Boolean.TRUE.equals(more) && asked == reign) {
                settle(nodes);
            }
        });
    }

    private void fence(List<BrokerFenced> brokers, String why) {
        List<BrokerFenced> gone =
                brokers.stream().filter(fact -> fencing.add(fact.brokerEpoch())).toList();
        if (gone.isEmpty()) {
            return;
        }
        long asked = reign;
        String nodes =
                String.join(", ", gone.stream().map(fact -> "" + fact.nodeId()).toList());
        String cause = "broker " + nodes + " " + why;
        LOG.info("Fencing: {}", cause);
        CompletableFuture<Boolean> fenced =
                commit.submitOwn(cause, image -> elector.fence(image, gone, FactSize.MAX_BULK_BYTES));
        thread.then(fenced, (done, error) -> {
            if (asked == reign) {
                gone.forEach(fact -> fencing.remove(fact.brokerEpoch()));
            }
        });
    }
}
