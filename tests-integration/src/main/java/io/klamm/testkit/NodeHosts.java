/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.util.List;

/** Where a cluster's nodes live. */
public interface NodeHosts {
    /** All on loopback. */
    NodeHosts LOOPBACK = nodeId -> "127.0.0.1";

    /** Address of a node. */
    String address(int nodeId);

    /** What stands before a command that is to run there; it must replace its own process. */
    default List<String> prefix(int nodeId) {
        return List.of();
    }
}
