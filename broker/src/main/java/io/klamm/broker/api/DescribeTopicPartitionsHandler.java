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
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.Cursor;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponsePartition;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * DescribeTopicPartitions, version 0 (KIP-966): topics in the order of their names, page by page. A page ends after a number of
 * partitions; its cursor names the first partition that did not fit.
 */
public final class DescribeTopicPartitionsHandler implements ApiHandler<DescribeTopicPartitionsRequestData> {
    private final Supplier<MetadataImage> images;
    private final Authorizer authorizer;
    private final int maxPartitions;

    /** @param maxPartitions most partitions of a page, whatever the client asks for (max.request.partition.size.limit) */
    public DescribeTopicPartitionsHandler(Supplier<MetadataImage> images, Authorizer authorizer, int maxPartitions) {
        this.images = images;
        this.authorizer = authorizer;
        this.maxPartitions = maxPartitions;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_TOPIC_PARTITIONS;
    }

    @Override
    public CompletionStage<DescribeTopicPartitionsResponseData> handle(
            RequestContext context, DescribeTopicPartitionsRequestData request) {
        return CompletableFuture.completedFuture(answer(context, request));
    }

    private DescribeTopicPartitionsResponseData answer(
            RequestContext context, DescribeTopicPartitionsRequestData request) {
        String startTopic = "";
        int startPartition = 0;
        if (request.cursor() != null) {
            startTopic = request.cursor().topicName();
            startPartition = request.cursor().partitionIndex();
            if (startPartition < 0) {
                throw new InvalidRequestException("the cursor's partition " + startPartition + " is negative");
            }
        }
        MetadataImage image = images.get();
        ListenerBrokers brokers = new ListenerBrokers(image, context.listenerName());
        boolean all = request.topics().isEmpty();
        DescribeTopicPartitionsResponseData response = new DescribeTopicPartitionsResponseData();
        int room = Math.max(1, Math.min(request.responsePartitionLimit(), maxPartitions));
        for (String name : names(image, request).tailSet(startTopic)) {
            if (!authorizer.allows(context, Operation.DESCRIBE, Resource.TOPIC, name)) {
                if (!all) {
                    response.topics().add(failed(name, Errors.TOPIC_AUTHORIZATION_FAILED));
                }
                continue;
            }
            TopicImage topic = image.topic(name);
            if (topic == null) {
                response.topics()
                        .add(failed(
                                name,
                                Topic.isValid(name)
                                        ? Errors.UNKNOWN_TOPIC_OR_PARTITION
                                        : Errors.INVALID_TOPIC_EXCEPTION));
                continue;
            }
            int first = name.equals(startTopic) ? startPartition : 0;
            int count = topic.partitions().size();
            if (room == 0) {
                return response.setNextCursor(new Cursor().setTopicName(name).setPartitionIndex(first));
            }
            int end = (int) Math.min((long) first + room, count);
            response.topics().add(described(context, brokers, topic, first, end));
            room -= Math.max(0, end - first);
            if (end < count) {
                return response.setNextCursor(new Cursor().setTopicName(name).setPartitionIndex(end));
            }
        }
        return response;
    }

    private static SortedSet<String> names(MetadataImage image, DescribeTopicPartitionsRequestData request) {
        if (request.topics().isEmpty()) {
            return new TreeSet<>(image.topicIds().keySet());
        }
        SortedSet<String> names = new TreeSet<>();
        request.topics().forEach(topic -> names.add(topic.name()));
        return names;
    }

    private DescribeTopicPartitionsResponseTopic described(
            RequestContext context, ListenerBrokers brokers, TopicImage topic, int first, int end) {
        List<DescribeTopicPartitionsResponsePartition> partitions = new ArrayList<>(Math.max(0, end - first));
        for (int partition = first; partition < end; partition++) {
            PartitionState state = topic.partitions().get(partition);
            partitions.add(TopicPartitionRows.describe(brokers, partition, state));
        }
        return new DescribeTopicPartitionsResponseTopic()
                .setName(topic.name())
                .setTopicId(topic.id())
                .setIsInternal(Topic.isInternal(topic.name()))
                .setPartitions(partitions)
                .setTopicAuthorizedOperations(AuthorizedOperations.onTopic(authorizer, context, topic.name()));
    }

    private static DescribeTopicPartitionsResponseTopic failed(String name, Errors error) {
        return new DescribeTopicPartitionsResponseTopic()
                .setErrorCode(error.code())
                .setName(name)
                .setTopicId(Uuid.ZERO_UUID)
                .setIsInternal(Topic.isInternal(name))
                .setTopicAuthorizedOperations(AuthorizedOperations.NOT_ASKED);
    }
}
