/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.group.GroupCoordinators;
import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** ConsumerGroupDescribe, versions 0 and 1: members of consumer groups, what each has and shall have (KIP-848, 1099). */
public final class ConsumerGroupDescribeHandler implements ApiHandler<ConsumerGroupDescribeRequestData> {
    private final GroupCoordinators coordinators;
    private final Authorizer authorizer;

    public ConsumerGroupDescribeHandler(GroupCoordinators coordinators, Authorizer authorizer) {
        this.coordinators = coordinators;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.CONSUMER_GROUP_DESCRIBE;
    }

    @Override
    public CompletionStage<ConsumerGroupDescribeResponseData> handle(
            RequestContext context, ConsumerGroupDescribeRequestData request) {
        List<CompletableFuture<DescribedGroup>> described = new ArrayList<>();
        for (String groupId : new LinkedHashSet<>(request.groupIds())) {
            Errors error = GroupRequests.named(authorizer, context, Operation.DESCRIBE, groupId);
            CompletableFuture<DescribedGroup> group = error == Errors.NONE
                    ? coordinators.describeConsumers(groupId)
                    : CompletableFuture.failedFuture(error.exception());
            described.add(group.handle((answer, failure) ->
                    failure != null ? failed(groupId, GroupRequests.error(failure)) : shown(context, request, answer)));
        }
        return CompletableFuture.allOf(described.toArray(CompletableFuture[]::new))
                .thenApply(all -> {
                    ConsumerGroupDescribeResponseData answer = new ConsumerGroupDescribeResponseData();
                    described.forEach(group -> answer.groups().add(group.join()));
                    return answer;
                });
    }

    /** Who may not see one of the topics of the group may not see the group. */
    private DescribedGroup shown(
            RequestContext context, ConsumerGroupDescribeRequestData request, DescribedGroup group) {
        boolean maySee = group.members().stream()
                .flatMap(member -> Stream.concat(
                        member.subscribedTopicNames().stream(),
                        Stream.of(member.assignment(), member.targetAssignment())
                                .flatMap(assignment -> assignment.topicPartitions().stream())
                                .map(topic -> topic.topicName())))
                .distinct()
                .allMatch(topic -> authorizer.allows(context, Operation.DESCRIBE, Resource.TOPIC, topic));
        if (!maySee) {
            return failed(group.groupId(), Errors.TOPIC_AUTHORIZATION_FAILED);
        }
        return request.includeAuthorizedOperations()
                ? group.setAuthorizedOperations(AuthorizedOperations.onGroup(authorizer, context, group.groupId()))
                : group;
    }

    private static DescribedGroup failed(String groupId, Errors error) {
        return new DescribedGroup().setGroupId(groupId).setErrorCode(error.code());
    }
}
