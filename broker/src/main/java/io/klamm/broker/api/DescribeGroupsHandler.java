/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.group.GroupCoordinators;
import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** DescribeGroups, versions 0 to 6: the members of groups and what each was given. */
public final class DescribeGroupsHandler implements ApiHandler<DescribeGroupsRequestData> {
    private final GroupCoordinators coordinators;
    private final Authorizer authorizer;

    public DescribeGroupsHandler(GroupCoordinators coordinators, Authorizer authorizer) {
        this.coordinators = coordinators;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_GROUPS;
    }

    @Override
    public CompletionStage<DescribeGroupsResponseData> handle(
            RequestContext context, DescribeGroupsRequestData request) {
        List<CompletableFuture<DescribedGroup>> described = new ArrayList<>();
        for (String groupId : new LinkedHashSet<>(request.groups())) {
            Errors error = GroupRequests.allowed(authorizer, context, Operation.DESCRIBE, groupId);
            CompletableFuture<DescribedGroup> group = error == Errors.NONE
                    ? coordinators.describe(groupId, context.version())
                    : CompletableFuture.failedFuture(error.exception());
            described.add(group.handle((answer, failure) -> {
                if (failure != null) {
                    return new DescribedGroup()
                            .setGroupId(groupId)
                            .setErrorCode(GroupRequests.error(failure).code());
                }
                return request.includeAuthorizedOperations()
                        ? answer.setAuthorizedOperations(AuthorizedOperations.onGroup(authorizer, context, groupId))
                        : answer;
            }));
        }
        return CompletableFuture.allOf(described.toArray(CompletableFuture[]::new))
                .thenApply(all -> {
                    DescribeGroupsResponseData answer = new DescribeGroupsResponseData();
                    described.forEach(group -> answer.groups().add(group.join()));
                    return answer;
                });
    }
}
