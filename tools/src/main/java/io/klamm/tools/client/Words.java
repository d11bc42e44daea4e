/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import java.util.Collection;
import java.util.stream.Collectors;
import org.apache.kafka.common.Node;

/** Small phrases of the human output. */
final class Words {
    private Words() {}

    /** "1 partition", "2 partitions". */
    static String count(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    /** Ids separated by commas, "-" when there are none. */
    static String ids(Collection<Integer> ids) {
        return ids.isEmpty() ? "-" : ids.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    static String address(Node node) {
        return node.host().indexOf(':') >= 0 ? "[" + node.host() + "]:" + node.port() : node.host() + ":" + node.port();
    }
}
