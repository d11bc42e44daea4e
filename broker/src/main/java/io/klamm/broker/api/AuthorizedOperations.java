/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import java.util.List;
import org.apache.kafka.common.acl.AclOperation;

/** The bit field of what a client may do to a resource (KIP-430): bit n stands for Kafka's operation code n. */
final class AuthorizedOperations {
    /** What responses say when nobody asked. */
    static final int NOT_ASKED = Integer.MIN_VALUE;

    /** Kafka's name of the one cluster resource. */
    static final String CLUSTER = "kafka-cluster";

    private static final List<Operation> OF_TOPICS = List.of(
            Operation.READ,
            Operation.WRITE,
            Operation.CREATE,
            Operation.DELETE,
            Operation.ALTER,
            Operation.DESCRIBE,
            Operation.DESCRIBE_CONFIGS,
            Operation.ALTER_CONFIGS);

    private static final List<Operation> OF_CLUSTER = List.of(
            Operation.CREATE,
            Operation.ALTER,
            Operation.DESCRIBE,
            Operation.CLUSTER_ACTION,
            Operation.DESCRIBE_CONFIGS,
            Operation.ALTER_CONFIGS,
            Operation.IDEMPOTENT_WRITE);

    private static final List<Operation> OF_GROUPS = List.of(Operation.READ, Operation.DELETE, Operation.DESCRIBE);

    private AuthorizedOperations() {}

    static int onTopic(Authorizer authorizer, RequestContext context, String topic) {
        return bits(authorizer, context, Resource.TOPIC, topic, OF_TOPICS);
    }

    static int onCluster(Authorizer authorizer, RequestContext context) {
        return bits(authorizer, context, Resource.CLUSTER, CLUSTER, OF_CLUSTER);
    }

    static int onGroup(Authorizer authorizer, RequestContext context, String groupId) {
        return bits(authorizer, context, Resource.GROUP, groupId, OF_GROUPS);
    }

    private static int bits(
            Authorizer authorizer, RequestContext context, Resource resource, String name, List<Operation> operations) {
        int bits = 0;
        for (Operation operation : operations) {
            if (authorizer.allows(context, operation, resource, name)) {
                bits |= 1 << AclOperation.valueOf(operation.name()).code();
            }
        }
        return bits;
    }
}
