/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.group.GroupCoordinators;
import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.fact.Endpoint;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * FindCoordinator, versions 0 to 6; many keys at once from version 4 on (KIP-699). A group's coordinator leads the partition of
 * {@code __consumer_offsets} that is the group's home; the first question creates the topic. While that leader is lost and not replaced yet, the
 * answer is held for a moment: who is told of a dead node asks again only after its back-off. There is no coordinator of transactions
 * in this cluster, and it says so.
 */
public final class FindCoordinatorHandler implements ApiHandler<FindCoordinatorRequestData> {
    private static final int FIRST_VERSION_WITH_BATCHES = 4;
    private static final byte GROUP = 0;
    private static final byte TRANSACTION = 1;
    private static final byte SHARE = 2;

    private final Supplier<MetadataImage> images;
    private final Function<Collection<PartitionId>, CompletableFuture<MetadataImage>> hold;
    private final OffsetsTopic offsetsTopic;
    private final Authorizer authorizer;

    /**
     * @param hold the image to answer from, when partitions are asked after; see {@link MetadataHold#untilLed}. Never fails
     * @param offsetsTopic creates the topic when it is missing
     */
    public FindCoordinatorHandler(
            Supplier<MetadataImage> images,
            Function<Collection<PartitionId>, CompletableFuture<MetadataImage>> hold,
            OffsetsTopic offsetsTopic,
            Authorizer authorizer) {
        this.images = images;
        this.hold = hold;
        this.offsetsTopic = offsetsTopic;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.FIND_COORDINATOR;
    }

    @Override
    public CompletionStage<FindCoordinatorResponseData> handle(
            RequestContext context, FindCoordinatorRequestData request) {
        return hold.apply(homes(context, request))
                .thenApply(image -> answer(context, request, new ListenerBrokers(image, context.listenerName())));
    }

    /** Where the groups that are asked after live, if that is known. */
    private List<PartitionId> homes(RequestContext context, FindCoordinatorRequestData request) {
        TopicImage topic = images.get().topic(Topic.GROUP_METADATA_TOPIC_NAME);
        if (request.keyType() != GROUP || topic == null) {
            return List.of();
        }
        List<String> keys =
                context.version() < FIRST_VERSION_WITH_BATCHES ? List.of(request.key()) : request.coordinatorKeys();
        return keys.stream()
                .map(key -> new PartitionId(
                        topic.id(),
                        GroupCoordinators.partitionOf(key, topic.partitions().size())))
                .distinct()
                .toList();
    }

    private FindCoordinatorResponseData answer(
            RequestContext context, FindCoordinatorRequestData request, ListenerBrokers brokers) {
        FindCoordinatorResponseData response = new FindCoordinatorResponseData();
        if (context.version() < FIRST_VERSION_WITH_BATCHES) {
            Coordinator found = find(context, brokers, request.keyType(), request.key());
            response.setErrorCode(found.errorCode())
                    .setErrorMessage(found.errorMessage())
                    .setNodeId(found.nodeId())
                    .setHost(found.host())
                    .setPort(found.port());
        } else {
            request.coordinatorKeys()
                    .forEach(key -> response.coordinators().add(find(context, brokers, request.keyType(), key)));
        }
        return response;
    }

    private Coordinator find(RequestContext context, ListenerBrokers brokers, byte type, String key) {
        switch (type) {
            case GROUP -> {
                if (!authorizer.allows(context, Operation.DESCRIBE, Resource.GROUP, key)) {
                    return failed(key, Errors.GROUP_AUTHORIZATION_FAILED, null);
                }
                return ofGroup(brokers, key);
            }
            case SHARE -> {
                return authorizer.allows(context, Operation.DESCRIBE, Resource.GROUP, key)
                        ? failed(key, Errors.COORDINATOR_NOT_AVAILABLE, "this cluster has no share groups")
                        : failed(key, Errors.GROUP_AUTHORIZATION_FAILED, null);
            }
            case TRANSACTION -> {
                return authorizer.allows(context, Operation.DESCRIBE, Resource.TRANSACTIONAL_ID, key)
                        ? failed(key, Errors.COORDINATOR_NOT_AVAILABLE, "this cluster has no transactions")
                        : failed(key, Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, null);
            }
            default -> {
                return failed(key, Errors.INVALID_REQUEST, "there is no coordinator of type " + type);
            }
        }
    }

    private Coordinator ofGroup(ListenerBrokers brokers, String groupId) {
        TopicImage topic = brokers.image().topic(Topic.GROUP_METADATA_TOPIC_NAME);
        if (topic == null) {
            offsetsTopic.create();
            return failed(groupId, Errors.COORDINATOR_NOT_AVAILABLE, "__consumer_offsets is being created");
        }
        int partition =
                GroupCoordinators.partitionOf(groupId, topic.partitions().size());
        PartitionState state = topic.partition(partition);
        Endpoint endpoint = state == null ? null : brokers.endpoint(state.leader());
        if (state == null || endpoint == null) {
            return failed(
                    groupId, Errors.COORDINATOR_NOT_AVAILABLE, "__consumer_offsets-" + partition + " has no leader");
        }
        return new Coordinator()
                .setKey(groupId)
                .setNodeId(state.leader())
                .setHost(endpoint.host())
                .setPort(endpoint.port());
    }

    private static Coordinator failed(String key, Errors error, @Nullable String message) {
        return new Coordinator()
                .setKey(key)
                .setErrorCode(error.code())
                .setErrorMessage(message == null ? error.message() : message)
                .setNodeId(-1)
                .setHost("")
                .setPort(-1);
    }
}
