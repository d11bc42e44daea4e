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
import io.klamm.replication.partition.PartitionReplica.EpochOutcome;
import io.klamm.replication.partition.ReplicaRegistry;
import io.klamm.storage.log.EpochEnd;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * OffsetForLeaderEpoch, versions 2 to 4: where a leader epoch ends (KIP-101, KIP-279, KIP-320). Replica id -2 asks for this node's own
 * log whatever its role: the question of the active controller after everybody was killed.
 */
public final class OffsetForLeaderEpochHandler implements ApiHandler<OffsetForLeaderEpochRequestData> {
    private static final Logger LOG = LoggerFactory.getLogger(OffsetForLeaderEpochHandler.class);
    private static final int FIRST_VERSION_WITH_REPLICA = 3;
    private static final int CONSUMER = -1;

    private final Supplier<MetadataImage> images;
    private final ReplicaRegistry replicas;
    private final Authorizer authorizer;

    public OffsetForLeaderEpochHandler(
            Supplier<MetadataImage> images, ReplicaRegistry replicas, Authorizer authorizer) {
        this.images = images;
        this.replicas = replicas;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.OFFSET_FOR_LEADER_EPOCH;
    }

    @Override
    public CompletionStage<OffsetForLeaderEpochResponseData> handle(
            RequestContext context, OffsetForLeaderEpochRequestData request) {
        MetadataImage image = images.get();
        // version 2 has no replica id, and the decoder's default for it is not the consumer's
        int replicaId = context.version() < FIRST_VERSION_WITH_REPLICA ? CONSUMER : request.replicaId();
        boolean asReplica = replicaId != CONSUMER
                && authorizer.allows(context, Operation.CLUSTER_ACTION, Resource.CLUSTER, AuthorizedOperations.CLUSTER);
        OffsetForLeaderEpochResponseData response = new OffsetForLeaderEpochResponseData();
        for (OffsetForLeaderTopic topic : request.topics()) {
            OffsetForLeaderTopicResult answered = new OffsetForLeaderTopicResult().setTopic(topic.topic());
            response.topics().mustAdd(answered);
            boolean allowed = replicaId == CONSUMER
                    ? authorizer.allows(context, Operation.DESCRIBE, Resource.TOPIC, topic.topic())
                    : asReplica;
            TopicImage known = image.topic(topic.topic());
            for (OffsetForLeaderPartition asked : topic.partitions()) {
                EpochOutcome outcome =
                        allowed ? outcome(known, asked, replicaId) : failed(Errors.TOPIC_AUTHORIZATION_FAILED);
                answered.partitions()
                        .add(new EpochEndOffset()
                                .setPartition(asked.partition())
                                .setErrorCode(outcome.error().code())
                                .setLeaderEpoch(outcome.end().epoch())
                                .setEndOffset(outcome.end().endOffset()));
            }
        }
        return CompletableFuture.completedFuture(response);
    }

    private EpochOutcome outcome(@Nullable TopicImage topic, OffsetForLeaderPartition asked, int replicaId) {
        if (topic == null || topic.partition(asked.partition()) == null) {
            return failed(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
        PartitionReplica replica = replicas.replica(new PartitionId(topic.id(), asked.partition()));
        if (replica == null) {
            return failed(Errors.NOT_LEADER_OR_FOLLOWER);
        }
        try {
            return replica.epochEnd(asked.currentLeaderEpoch(), asked.leaderEpoch(), replicaId);
        } catch (RuntimeException e) {
            LOG.error("looking for the end of an epoch of {}-{} failed", topic.name(), asked.partition(), e);
            return failed(Errors.UNKNOWN_SERVER_ERROR);
        }
    }

    private static EpochOutcome failed(Errors error) {
        return new EpochOutcome(error, EpochEnd.NONE);
    }
}
