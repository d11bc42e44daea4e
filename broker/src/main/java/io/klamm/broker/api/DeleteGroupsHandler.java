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
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** DeleteGroups, versions 0 to 3: groups without members, with all that they have committed (KIP-229). */
public final class DeleteGroupsHandler implements ApiHandler<DeleteGroupsRequestData> {
    private final GroupCoordinators coordinators;
    private final Authorizer authorizer;

    public DeleteGroupsHandler(GroupCoordinators coordinators, Authorizer authorizer) {
        this.coordinators = coordinators;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DELETE_GROUPS;
    }

    @Override
    public CompletionStage<DeleteGroupsResponseData> handle(RequestContext context, DeleteGroupsRequestData request) {
        List<CompletableFuture<DeletableGroupResult>> results = new ArrayList<>();
        for (String groupId : new LinkedHashSet<>(request.groupsNames())) {
            Errors error = GroupRequests.allowed(authorizer, context, Operation.DELETE, groupId);
            CompletableFuture<Errors> done =
                    error == Errors.NONE ? coordinators.deleteGroup(groupId) : CompletableFuture.completedFuture(error);
            results.add(done.handle((outcome, failure) -> new DeletableGroupResult()
                    .setGroupId(groupId)
                    .setErrorCode((failure == null ? outcome : GroupRequests.error(failure)).code())));
        }
        return CompletableFuture.allOf(results.toArray(CompletableFuture[]::new))
                .thenApply(all -> {
                    DeleteGroupsResponseData answer = new DeleteGroupsResponseData();
                    results.forEach(result -> answer.results().add(result.join()));
                    return answer;
                });
    }
}
