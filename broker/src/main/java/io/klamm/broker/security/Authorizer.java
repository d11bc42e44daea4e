/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.security;

import io.klamm.broker.net.RequestContext;

/** Every handler asks it before it does or shows anything. Must not block. */
@FunctionalInterface
public interface Authorizer {
    Authorizer ALLOW_ALL = (context, operation, resource, name) -> true;

    /** What a request wants to do. */
    enum Operation {
        READ,
        WRITE,
        CREATE,
        DELETE,
        ALTER,
        DESCRIBE,
        CLUSTER_ACTION,
        DESCRIBE_CONFIGS,
        ALTER_CONFIGS,
        IDEMPOTENT_WRITE
    }

    /** What it wants to do it to. */
    enum Resource {
        TOPIC,
        GROUP,
        CLUSTER,
        TRANSACTIONAL_ID
    }

    boolean allows(RequestContext context, Operation operation, Resource resource, String name);
}
