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
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartition;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopic;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * OffsetFetch, versions 1 to 10: how far groups have read. One group until version 7, many from 8 on (KIP-709); topics by id from 10
 * on. Without topics it answers all that a group has committed.
 */
public final class OffsetFetchHandler implements ApiHandler<OffsetFetchRequestData> {
    private static final int FIRST_VERSION_WITH_ERROR = 2;
    private static final int FIRST_VERSION_WITH_GROUPS = 8;
    private static final int FIRST_VERSION_BY_ID = 10;

    private final Supplier<MetadataImage> images;
    private final GroupCoordinators coordinators;
    private final Authorizer authorizer;

    public OffsetFetchHandler(Supplier<MetadataImage> images, GroupCoordinators coordinators, Authorizer authorizer) {
        this.images = images;
        this.coordinators = coordinators;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.OFFSET_FETCH;
    }

    @Override
    public CompletionStage<OffsetFetchResponseData> handle(RequestContext context, OffsetFetchRequestData request) {
        if (context.version() < FIRST_VERSION_WITH_GROUPS) {
            OffsetFetchRequestGroup group = single(request);
            return group(context, group).thenApply(answer -> single(answer, group, context.version()));
        }
        List<CompletableFuture<OffsetFetchResponseGroup>> groups = new ArrayList<>();
        request.groups().forEach(group -> groups.add(group(context, group)));
        return CompletableFuture.allOf(groups.toArray(CompletableFuture[]::new)).thenApply(all -> {
            OffsetFetchResponseData answer = new OffsetFetchResponseData();
            groups.forEach(group -> answer.groups().add(group.join()));
            return answer;
        });
    }

    /** Never fails. */
    private CompletableFuture<OffsetFetchResponseGroup> group(RequestContext context, OffsetFetchRequestGroup asked) {
        Errors error = GroupRequests.allowed(authorizer, context, Operation.DESCRIBE, asked.groupId());
        if (error != Errors.NONE) {
            return CompletableFuture.completedFuture(failed(asked, error));
        }
        MetadataImage image = images.get();
        boolean byId = context.version() >= FIRST_VERSION_BY_ID;
        List<OffsetFetchResponseTopics> refused = new ArrayList<>();
        OffsetFetchRequestGroup rest = new OffsetFetchRequestGroup()
                .setGroupId(asked.groupId())
                .setMemberId(asked.memberId())
                .setMemberEpoch(asked.memberEpoch());
        if (asked.topics() == null) {
            rest.setTopics(null);
        } else {
            for (OffsetFetchRequestTopics topic : asked.topics()) {
                TopicImage known = byId ? image.topic(topic.topicId()) : image.topic(topic.name());
                String name = known == null ? topic.name() : known.name();
                if (byId && known == null) {
                    refused.add(refused(topic, Errors.UNKNOWN_TOPIC_ID));
                } else if (!authorizer.allows(context, Operation.DESCRIBE, Resource.TOPIC, name)) {
                    refused.add(refused(topic, Errors.TOPIC_AUTHORIZATION_FAILED));
                } else {
                    rest.topics()
                            .add(new OffsetFetchRequestTopics()
                                    .setName(name)
                                    .setTopicId(topic.topicId())
                                    .setPartitionIndexes(topic.partitionIndexes()));
                }
            }
        }
        return coordinators
                .fetch(rest)
                .thenApply(answer -> {
                    answer.topics().removeIf(topic -> !maySee(context, topic.name()));
                    if (byId) {
                        answer.topics().removeIf(topic -> !withId(image, topic));
                    }
                    answer.topics().addAll(refused);
                    return answer;
                })
                .exceptionally(failure -> failed(asked, GroupRequests.error(failure)));
    }

    private boolean maySee(RequestContext context, String topic) {
        return authorizer.allows(context, Operation.DESCRIBE, Resource.TOPIC, topic);
    }

    /** False when the topic is gone: there is no way to name it then. */
    private static boolean withId(MetadataImage image, OffsetFetchResponseTopics topic) {
        TopicImage known = image.topic(topic.name());
        if (known != null) {
            topic.setTopicId(known.id());
        }
        return known != null;
    }

    private static OffsetFetchResponseTopics refused(OffsetFetchRequestTopics asked, Errors error) {
        OffsetFetchResponseTopics row =
                new OffsetFetchResponseTopics().setName(asked.name()).setTopicId(asked.topicId());
        asked.partitionIndexes().forEach(partition -> row.partitions()
                .add(new OffsetFetchResponsePartitions()
                        .setPartitionIndex(partition)
                        .setErrorCode(error.code())
                        .setCommittedOffset(-1)
                        .setCommittedLeaderEpoch(-1)
                        .setMetadata("")));
        return row;
    }

    private static OffsetFetchResponseGroup failed(OffsetFetchRequestGroup asked, Errors error) {
        return new OffsetFetchResponseGroup().setGroupId(asked.groupId()).setErrorCode(error.code());
    }

    // ---- one group

    private static OffsetFetchRequestGroup single(OffsetFetchRequestData request) {
        OffsetFetchRequestGroup group = new OffsetFetchRequestGroup().setGroupId(request.groupId());
        if (request.topics() == null) {
            return group.setTopics(null);
        }
        request.topics().forEach(topic -> group.topics()
                .add(new OffsetFetchRequestTopics()
                        .setName(topic.name())
                        .setPartitionIndexes(topic.partitionIndexes())));
        return group;
    }

    /** Version 1 has room for errors only at partitions. */
    private static OffsetFetchResponseData single(
            OffsetFetchResponseGroup group, OffsetFetchRequestGroup asked, short version) {
        OffsetFetchResponseData answer = new OffsetFetchResponseData().setErrorCode(group.errorCode());
        List<OffsetFetchResponseTopics> topics = group.topics();
        if (group.errorCode() != Errors.NONE.code() && version < FIRST_VERSION_WITH_ERROR && asked.topics() != null) {
            topics = asked.topics().stream()
                    .map(topic -> refused(topic, Errors.forCode(group.errorCode())))
                    .toList();
        }
        for (OffsetFetchResponseTopics topic : topics) {
            OffsetFetchResponseTopic row = new OffsetFetchResponseTopic().setName(topic.name());
            topic.partitions().forEach(partition -> row.partitions()
                    .add(new OffsetFetchResponsePartition()
                            .setPartitionIndex(partition.partitionIndex())
                            .setCommittedOffset(partition.committedOffset())
                            .setCommittedLeaderEpoch(partition.committedLeaderEpoch())
                            .setMetadata(partition.metadata())
                            .setErrorCode(partition.errorCode())));
            answer.topics().add(row);
        }
        return answer;
    }
}
