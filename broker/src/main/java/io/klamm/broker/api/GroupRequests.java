/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.group.GroupClient;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;

/** What the handlers of group APIs have in common: who asks, for which group, and whether it may. */
final class GroupRequests {
    private GroupRequests() {}

    static GroupClient client(RequestContext context) {
        return new GroupClient(
                context.clientId(), "/" + context.client().getAddress().getHostAddress(), context.version());
    }

    /** NONE when a client may ask this of a group that has members: such a group has a name. */
    static Errors named(Authorizer authorizer, RequestContext context, Operation operation, String groupId) {
        return groupId.isEmpty() ? Errors.INVALID_GROUP_ID : allowed(authorizer, context, operation, groupId);
    }

    /** NONE when a client may ask this of a group; committing by itself, a consumer may do without a name. */
    static Errors allowed(Authorizer authorizer, RequestContext context, Operation operation, String groupId) {
        return authorizer.allows(context, operation, Resource.GROUP, groupId)
                ? Errors.NONE
                : Errors.GROUP_AUTHORIZATION_FAILED;
    }

    /** The protocol's word for what failed a future of the coordinator. */
    static Errors error(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ApiException known ? Errors.forException(known) : Errors.UNKNOWN_SERVER_ERROR;
    }
}
