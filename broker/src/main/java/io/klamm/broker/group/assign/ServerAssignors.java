/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group.assign;

import java.util.List;

/** The assignors that there are. */
public final class ServerAssignors {
    private ServerAssignors() {}

    /** The first one serves members that ask for none. */
    public static List<ServerAssignor> all() {
        return List.of(new UniformAssignor(), new RangeAssignor());
    }
}
