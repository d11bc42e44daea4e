/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import io.klamm.replication.partition.PartitionReplica;
import io.klamm.replication.partition.ReplicaRegistry;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Fetch, versions 4 to 18, for consumers and followers; topics by id from version 13 on (KIP-516), sessions from version 7 on
 * (KIP-227). The response owns the ranges of records it holds.
 */
public final class FetchHandler implements ApiHandler<FetchRequestData>, AutoCloseable {
    private static final int FIRST_VERSION_BY_ID = 13;

    private final Supplier<MetadataImage> images;
    private final ReplicaRegistry replicas;
    private final FetchSessions sessions;
    private final Authorizer authorizer;
    private final FetchThreads threads;
    private final int maxBytes;
    private final @Nullable RackAwareReplicas nearReplicas;
    private final Set<FetchJob> parked = ConcurrentHashMap.newKeySet();
    private final LongAdder bytesReadFromFollowers = new LongAdder();
    private final LongAdder coldReads = new LongAdder();
    private final Executor disk;
    private volatile boolean closed;

    /**
     * @param maxBytes bound of an answer's records (fetch.max.bytes)
     * @param nearReplicas sends consumers to replicas near them, null when all read from leaders (replica.selector.class)
     */
    public FetchHandler(
            Supplier<MetadataImage> images,
            ReplicaRegistry replicas,
            FetchSessions sessions,
            Authorizer authorizer,
            FetchThreads threads,
            int maxBytes,
            @Nullable RackAwareReplicas nearReplicas) {
        this.images = images;
        this.replicas = replicas;
        this.sessions = sessions;
        this.authorizer = authorizer;
        this.threads = threads;
        this.maxBytes = maxBytes;
        this.nearReplicas = nearReplicas;
        this.disk = read -> {
            threads.disk().execute(read);
            coldReads.increment();
        };
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.FETCH;
    }

    @Override
    public CompletionStage<FetchResponseData> handle(RequestContext context, FetchRequestData request) {
        boolean byId = context.version() >= FIRST_VERSION_BY_ID;
        FetchReader reader = FetchReader.of(request, context.version(), maxBytes);
        ScheduledExecutorService loop = threads.loops().get();
        FetchPlan plan = sessions.plan(request, byId, reader.follower(), loop);
        if (plan.error() != Errors.NONE) {
            return CompletableFuture.completedFuture(FetchAnswer.refused(plan.error()));
        }
        FetchAnswer answer =
                new FetchAnswer(context.version(), reader, context.listenerName(), images, bytesReadFromFollowers::add);
        // Consumers that read from followers wait for what followers know to be committed.
        boolean answersState = nearReplicas != null && reader.follower();
        FetchJob job = new FetchJob(
                reader, plan, new Target(context, reader, images.get()), answer, answersState, loop, parked::remove);
        if (!job.start()) {
            parked.add(job);
            job.park();
            if (closed) {
                job.abort();
            }
        }
        return job.future();
    }

    /** Bytes of records that consumers have read here while this node did not lead, since the start; for metrics. */
    public long bytesReadFromFollowers() {
        return bytesReadFromFollowers.sum();
    }

    /** How often records had to be brought into memory before they could be sent, since the start; for metrics. */
    public long coldReads() {
        return coldReads.sum();
    }

    /** Fetches that wait now; for metrics. */
    public int parked() {
        return parked.size();
    }

    /** Answers everything that waits. Fetches that come later do not wait. */
    @Override
    public void close() {
        closed = true;
        parked.forEach(FetchJob::abort);
    }

    /** Where one request reads, by one image. */
    private final class Target implements FetchJob.Resolver {
        private final RequestContext context;
        private final FetchReader reader;
        private final MetadataImage image;
        private final boolean mayFollow;

        Target(RequestContext context, FetchReader reader, MetadataImage image) {
            this.context = context;
            this.reader = reader;
            this.image = image;
            this.mayFollow = reader.follower()
                    && authorizer.allows(
                            context, Operation.CLUSTER_ACTION, Resource.CLUSTER, AuthorizedOperations.CLUSTER);
        }

        @Override
        public void resolve(FetchSlot slot) {
            FetchTarget target = slot.target();
            String asked = target.topic();
            TopicImage topic = asked != null ? image.topic(asked) : image.topic(target.topicId());
            String name = topic == null ? asked : topic.name();
            boolean allowed = reader.follower()
                    ? mayFollow
                    : name == null || authorizer.allows(context, Operation.READ, Resource.TOPIC, name);
            if (!allowed) {
                slot.refused(null, Errors.TOPIC_AUTHORIZATION_FAILED);
            } else if (topic == null) {
                slot.refused(null, asked != null ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.UNKNOWN_TOPIC_ID);
            } else {
                resolve(slot, new PartitionId(topic.id(), target.partition()), topic);
            }
        }

        private void resolve(FetchSlot slot, PartitionId id, TopicImage topic) {
            PartitionReplica replica = replicas.replica(id);
            if (replica != null) {
                slot.resolved(id, replica);
            } else if (topic.partition(id.partition()) == null) {
                slot.refused(id, Errors.UNKNOWN_TOPIC_OR_PARTITION);
            } else {
                slot.refused(id, Errors.NOT_LEADER_OR_FOLLOWER);
            }
        }

        @Override
        public Executor disk() {
            return disk;
        }

        @Override
        public int preferredReplica(FetchSlot slot) {
            PartitionReplica replica = slot.replica();
            return nearReplicas == null || replica == null || !reader.anyReplica()
                    ? FetchSlot.NO_REPLICA
                    : nearReplicas.preferred(
                            replica, slot.wanted().fetchOffset(), reader.rack(), context.listenerName(), image);
        }
    }
}
