/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.controller.FactLog;
import io.klamm.metadata.fact.ClusterCreated;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.MetadataVersionFinalized;
import io.klamm.metadata.fact.MetadataVersions;
import io.klamm.metadata.fact.Voter;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings leadership to the controller, in order: ready once the cluster has its first facts and while this voter still
 * leads, not-leader after that. The first leader of all writes fact 0 before anybody else may append.
 */
final class Leadership {
    private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);
    private static final long RETRY_MS = 100;
    /** The first leader does not know what the others support; a higher level is finalised later. */
    private static final short FIRST_METADATA_VERSION = MetadataVersions.OLDEST;

    private final String clusterId;
    private final Supplier<List<Voter>> formingVoters;
    private final FactLog log;
    private final FactLog.Listener listener;
    private final IntPredicate leadsIn;
    private final Clock clock;
    private final ScheduledExecutorService executor;
    /** The newest term whose leadership was told, -1 before the first. */
    private int announced = -1;

    /**
     * @param formingVoters the voters that form the quorum, with directory ids
     * @param leadsIn true when this voter leads in the given term at this moment
     * @param executor runs the writing of the first facts
     */
    Leadership(
            String clusterId,
            Supplier<List<Voter>> formingVoters,
            FactLog log,
            FactLog.Listener listener,
            IntPredicate leadsIn,
            Clock clock,
            ScheduledExecutorService executor) {
        this.clusterId = clusterId;
        this.formingVoters = formingVoters;
        this.log = log;
        this.listener = listener;
        this.leadsIn = leadsIn;
        this.clock = clock;
        this.executor = executor;
    }

    /** Hands over to the executor: the first call may come while the voter is still being started there. */
    void ready(int term) {
        executor.execute(() -> prepare(term));
    }

    private void prepare(int term) {
        if (log.applied().endOffset() > 0) {
            announce(term);
        } else if (leadsIn.test(term)) {
            createCluster(term);
        }
    }

    private void createCluster(int term) {
        FactBatch first = new FactBatch(
                term,
                0,
                clock.millis(),
                "quorum",
                "cluster formed",
                List.of(
                        new ClusterCreated(clusterId, formingVoters.get()),
                        new MetadataVersionFinalized(FIRST_METADATA_VERSION)));
        CompletableFuture<Boolean> unusedAppend = log.append(first).whenComplete((applied, unknown) -> {
            if (unknown == null && applied) {
                LOG.info("Created cluster {}; its voters: {}", clusterId, ids(formingVoters.get()));
                ready(term);
            } else { // dropped, or the outcome is not known: look again
                ScheduledFuture<?> unusedRetry =
                        executor.schedule(() -> prepare(term), RETRY_MS, TimeUnit.MILLISECONDS);
            }
        });
    }

    /**
     * Under the same lock as {@link #lost}: while the role is still leader of this term, a loss of it has not been told,
     * so ready comes first.
     */
    private synchronized void announce(int term) {
        if (leadsIn.test(term)) {
            announced = term;
            listener.onLeaderReady(term);
        }
    }

    /** The news may be old: of an earlier reign, after which this voter was elected again. Then the present one begins anew. */
    synchronized void lost() {
        listener.onNotLeader();
        if (announced >= 0 && leadsIn.test(announced)) {
            listener.onLeaderReady(announced);
        }
    }

    private static String ids(List<Voter> voters) {
        return voters.stream().map(voter -> String.valueOf(voter.nodeId())).collect(Collectors.joining(", "));
    }
}
