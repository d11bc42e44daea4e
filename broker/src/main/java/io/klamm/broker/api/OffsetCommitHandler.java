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
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * OffsetCommit, versions 2 to 10; topics by id from version 10 on (KIP-848). What concerns topics that do not exist is refused here,
 * the rest is the coordinator's.
 */
public final class OffsetCommitHandler implements ApiHandler<OffsetCommitRequestData> {
    private static final int FIRST_VERSION_BY_ID = 10;

    private final Supplier<MetadataImage> images;
    private final GroupCoordinators coordinators;
    private final Authorizer authorizer;

    public OffsetCommitHandler(Supplier<MetadataImage> images, GroupCoordinators coordinators, Authorizer authorizer) {
        this.images = images;
        this.coordinators = coordinators;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.OFFSET_COMMIT;
    }

    @Override
    public CompletionStage<OffsetCommitResponseData> handle(RequestContext context, OffsetCommitRequestData request) {
        Errors denied = GroupRequests.allowed(authorizer, context, Operation.READ, request.groupId());
        if (denied != Errors.NONE) {
            return CompletableFuture.completedFuture(all(request, denied));
        }
        MetadataImage image = images.get();
        OffsetCommitRequestData rest = new OffsetCommitRequestData()
                .setGroupId(request.groupId())
                .setGenerationIdOrMemberEpoch(request.generationIdOrMemberEpoch())
                .setMemberId(request.memberId())
                .setGroupInstanceId(request.groupInstanceId())
                .setRetentionTimeMs(request.retentionTimeMs());
        Map<OffsetCommitRequestTopic, Errors> refused = new LinkedHashMap<>();
        for (OffsetCommitRequestTopic asked : request.topics()) {
            TopicImage topic =
                    context.version() >= FIRST_VERSION_BY_ID ? image.topic(asked.topicId()) : image.topic(asked.name());
            Errors error = refusal(context, asked, topic);
            if (topic == null || error != Errors.NONE) {
                refused.put(asked, error);
            } else {
                split(asked, topic, rest, refused);
            }
        }
        // a commit of nothing is asked too: it keeps a member alive and tells whether it is one
        return coordinators
                .commit(context.version(), rest)
                .exceptionally(failure -> all(rest, GroupRequests.error(failure)))
                .thenApply(answer -> with(answer, refused));
    }

    private Errors refusal(RequestContext context, OffsetCommitRequestTopic asked, @Nullable TopicImage topic) {
        boolean byId = context.version() >= FIRST_VERSION_BY_ID;
        if (byId && topic == null) {
            return Errors.UNKNOWN_TOPIC_ID;
        }
        String name = topic == null ? asked.name() : topic.name();
        if (!authorizer.allows(context, Operation.READ, Resource.TOPIC, name)) {
            return Errors.TOPIC_AUTHORIZATION_FAILED;
        }
        return topic == null ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.NONE;
    }

    /** Partitions that the topic does not have are refused, the others go on, with the topic's name and id. */
    private static void split(
            OffsetCommitRequestTopic asked,
            TopicImage topic,
            OffsetCommitRequestData rest,
            Map<OffsetCommitRequestTopic, Errors> refused) {
        OffsetCommitRequestTopic known =
                new OffsetCommitRequestTopic().setName(topic.name()).setTopicId(topic.id());
        OffsetCommitRequestTopic unknown =
                new OffsetCommitRequestTopic().setName(topic.name()).setTopicId(topic.id());
        for (OffsetCommitRequestPartition partition : asked.partitions()) {
            (topic.partition(partition.partitionIndex()) == null ? unknown : known)
                    .partitions()
                    .add(partition);
        }
        if (!known.partitions().isEmpty()) {
            rest.topics().add(known);
        }
        if (!unknown.partitions().isEmpty()) {
            refused.put(unknown, Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
    }

    private static OffsetCommitResponseData all(OffsetCommitRequestData request, Errors error) {
        Map<OffsetCommitRequestTopic, Errors> refused = new LinkedHashMap<>();
        request.topics().forEach(topic -> refused.put(topic, error));
        return with(new OffsetCommitResponseData(), refused);
    }

    private static OffsetCommitResponseData with(
            OffsetCommitResponseData answer, Map<OffsetCommitRequestTopic, Errors> refused) {
        refused.forEach((topic, error) -> {
            OffsetCommitResponseTopic row = row(answer, topic.name(), topic.topicId());
            topic.partitions().forEach(partition -> row.partitions()
                    .add(new OffsetCommitResponsePartition()
                            .setPartitionIndex(partition.partitionIndex())
                            .setErrorCode(error.code())));
        });
        return answer;
    }

    private static OffsetCommitResponseTopic row(OffsetCommitResponseData answer, String name, Uuid id) {
        for (OffsetCommitResponseTopic row : answer.topics()) {
            if (row.name().equals(name) && row.topicId().equals(id)) {
                return row;
            }
        }
        OffsetCommitResponseTopic row =
                new OffsetCommitResponseTopic().setName(name).setTopicId(id);
        answer.topics().add(row);
        return row;
    }
}
