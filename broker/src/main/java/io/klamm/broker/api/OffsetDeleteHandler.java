/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.group.GroupCoordinators;
import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponsePartition;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** OffsetDelete, version 0: forgets how far a group has read topics that none of its members subscribes to (KIP-496). */
public final class OffsetDeleteHandler implements ApiHandler<OffsetDeleteRequestData> {
    private final Supplier<MetadataImage> images;
    private final GroupCoordinators coordinators;
    private final Authorizer authorizer;

    public OffsetDeleteHandler(Supplier<MetadataImage> images, GroupCoordinators coordinators, Authorizer authorizer) {
        this.images = images;
        this.coordinators = coordinators;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.OFFSET_DELETE;
    }

    @Override
    public CompletionStage<OffsetDeleteResponseData> handle(RequestContext context, OffsetDeleteRequestData request) {
        Errors error = GroupRequests.named(authorizer, context, Operation.DELETE, request.groupId());
        if (error != Errors.NONE) {
            return CompletableFuture.completedFuture(new OffsetDeleteResponseData().setErrorCode(error.code()));
        }
        MetadataImage image = images.get();
        List<OffsetDeleteResponseTopic> refused = new ArrayList<>();
        OffsetDeleteRequestTopicCollection allowed = new OffsetDeleteRequestTopicCollection();
        for (OffsetDeleteRequestTopic asked : request.topics()) {
            OffsetDeleteRequestTopic rest = new OffsetDeleteRequestTopic().setName(asked.name());
            OffsetDeleteResponseTopic row = new OffsetDeleteResponseTopic().setName(asked.name());
            asked.partitions().forEach(partition -> {
                Errors why = refusal(context, image, asked.name(), partition.partitionIndex());
                if (why == Errors.NONE) {
                    rest.partitions().add(partition);
                } else {
                    row.partitions()
                            .add(new OffsetDeleteResponsePartition()
                                    .setPartitionIndex(partition.partitionIndex())
                                    .setErrorCode(why.code()));
                }
            });
            if (!row.partitions().isEmpty()) {
                refused.add(row);
            }
            if (!rest.partitions().isEmpty()) {
                allowed.add(rest);
            }
        }
        return coordinators
                .deleteOffsets(new OffsetDeleteRequestData()
                        .setGroupId(request.groupId())
                        .setTopics(allowed))
                .thenApply(answer -> with(answer, refused));
    }

    private Errors refusal(RequestContext context, MetadataImage image, String topic, int partition) {
        if (!authorizer.allows(context, Operation.READ, Resource.TOPIC, topic)) {
            return Errors.TOPIC_AUTHORIZATION_FAILED;
        }
        TopicImage known = image.topic(topic);
        return known == null || known.partition(partition) == null ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.NONE;
    }

    private static OffsetDeleteResponseData with(
            OffsetDeleteResponseData answer, List<OffsetDeleteResponseTopic> refused) {
        if (answer.errorCode() == Errors.NONE.code()) {
            for (OffsetDeleteResponseTopic row : refused) {
                OffsetDeleteResponseTopic there = answer.topics().find(row.name());
                if (there == null) {
                    answer.topics().add(row);
                } else {
                    row.partitions().forEach(partition -> there.partitions().add(partition.duplicate()));
                }
            }
        }
        return answer;
    }
}
