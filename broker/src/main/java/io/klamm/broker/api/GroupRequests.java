/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.group.GroupClient;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;

/** What the handlers of group APIs have in common: who asks, for which group, and whether it may. */
final class GroupRequests {
    /** Of a client id what becomes a part of member ids, which must be able to travel. */
    private static final int MAX_CLIENT_ID = 255;

    /** What one character may become in UTF-8: bytes that were none are read as a character of this length. */
    private static final int MOST_BYTES = 3;

    private GroupRequests() {}

    static GroupClient client(RequestContext context) {
        String clientId = context.clientId();
        return new GroupClient(
                clientId.length() > MAX_CLIENT_ID ? clientId.substring(0, MAX_CLIENT_ID) : clientId,
                "/" + context.client().getAddress().getHostAddress(),
                context.version());
    }

    /** NONE when a client may ask this of a group that has members: such a group has a name. */
    static Errors named(Authorizer authorizer, RequestContext context, Operation operation, String groupId) {
        return groupId.isEmpty() ? Errors.INVALID_GROUP_ID : allowed(authorizer, context, operation, groupId);
    }

    /** NONE when a client may ask this of a group; committing by itself, a consumer may do without a name. */
    static Errors allowed(Authorizer authorizer, RequestContext context, Operation operation, String groupId) {
        if (groupId.length() > Short.MAX_VALUE / MOST_BYTES
                && groupId.getBytes(StandardCharsets.UTF_8).length > Short.MAX_VALUE) {
            return Errors.INVALID_GROUP_ID; // it could not be written
        }
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
