/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.TopicImage;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData.ListPartitionReassignmentsTopics;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData.OngoingPartitionReassignment;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData.OngoingTopicReassignment;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** ListPartitionReassignments, version 0 (KIP-455): partitions whose replicas are being added or removed, by this node's image. */
public final class ListPartitionReassignmentsHandler implements ApiHandler<ListPartitionReassignmentsRequestData> {
    private final Supplier<MetadataImage> images;
    private final Authorizer authorizer;

    public ListPartitionReassignmentsHandler(Supplier<MetadataImage> images, Authorizer authorizer) {
        this.images = images;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.LIST_PARTITION_REASSIGNMENTS;
    }

    @Override
    public CompletionStage<ListPartitionReassignmentsResponseData> handle(
            RequestContext context, ListPartitionReassignmentsRequestData request) {
        ListPartitionReassignmentsResponseData response = new ListPartitionReassignmentsResponseData();
        if (!authorizer.allows(context, Operation.DESCRIBE, Resource.CLUSTER, AuthorizedOperations.CLUSTER)) {
            return CompletableFuture.completedFuture(response.setErrorCode(Errors.CLUSTER_AUTHORIZATION_FAILED.code())
                    .setErrorMessage(Errors.CLUSTER_AUTHORIZATION_FAILED.message()));
        }
        MetadataImage image = images.get();
        if (request.topics() == null) {
            for (TopicImage topic : image.topics().values()) {
                OngoingTopicReassignment ongoing = new OngoingTopicReassignment().setName(topic.name());
                for (int partition = 0; partition < topic.partitions().size(); partition++) {
                    addTo(ongoing, partition, topic.partition(partition));
                }
                addTo(response, ongoing);
            }
        } else {
            for (ListPartitionReassignmentsTopics asked : request.topics()) {
                TopicImage topic = image.topic(asked.name());
                OngoingTopicReassignment ongoing = new OngoingTopicReassignment().setName(asked.name());
                for (int partition : asked.partitionIndexes()) {
                    addTo(ongoing, partition, topic == null ? null : topic.partition(partition));
                }
                addTo(response, ongoing);
            }
        }
        return CompletableFuture.completedFuture(response);
    }

    private static void addTo(ListPartitionReassignmentsResponseData response, OngoingTopicReassignment topic) {
        if (!topic.partitions().isEmpty()) {
            response.topics().add(topic);
        }
    }

    private static void addTo(OngoingTopicReassignment topic, int partition, @Nullable PartitionState state) {
        if (state == null
                || (state.addingReplicas().isEmpty() && state.removingReplicas().isEmpty())) {
            return;
        }
        topic.partitions()
                .add(new OngoingPartitionReassignment()
                        .setPartitionIndex(partition)
                        .setReplicas(state.replicas())
                        .setAddingReplicas(state.addingReplicas())
                        .setRemovingReplicas(state.removingReplicas()));
    }
}
