/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.group.GroupCoordinators;
import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** ListGroups, versions 0 to 5: the groups that this node coordinates; clients ask every node. */
public final class ListGroupsHandler implements ApiHandler<ListGroupsRequestData> {
    private final GroupCoordinators coordinators;
    private final Authorizer authorizer;

    public ListGroupsHandler(GroupCoordinators coordinators, Authorizer authorizer) {
        this.coordinators = coordinators;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.LIST_GROUPS;
    }

    @Override
    public CompletionStage<ListGroupsResponseData> handle(RequestContext context, ListGroupsRequestData request) {
        List<CompletableFuture<List<ListedGroup>>> shards = coordinators.list(request);
        return CompletableFuture.allOf(shards.toArray(CompletableFuture[]::new)).handle((all, failure) -> {
            ListGroupsResponseData answer = new ListGroupsResponseData();
            for (CompletableFuture<List<ListedGroup>> shard : shards) {
                Errors error = error(shard);
                if (error == Errors.NONE) {
                    shard.join().stream()
                            .filter(group -> maySee(context, group.groupId()))
                            .forEach(answer.groups()::add);
                } else if (error != Errors.NOT_COORDINATOR) { // its groups are listed elsewhere by now
                    answer.setErrorCode(error.code());
                }
            }
            return answer;
        });
    }

    private boolean maySee(RequestContext context, String groupId) {
        return authorizer.allows(context, Operation.DESCRIBE, Resource.CLUSTER, AuthorizedOperations.CLUSTER)
                || authorizer.allows(context, Operation.DESCRIBE, Resource.GROUP, groupId);
    }

    private static Errors error(CompletableFuture<?> done) {
        return done.handle((answer, failure) -> failure == null ? Errors.NONE : GroupRequests.error(failure))
                .join();
    }
}
