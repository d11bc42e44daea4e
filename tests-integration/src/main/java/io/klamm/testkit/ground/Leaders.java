/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

import io.klamm.testkit.MetadataConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/**
 * Who led when a fault struck.
 *
 * @param ofPartition id of a node, {@link #NOBODY} when there was none or nobody told
 * @param ofQuorum the same
 */
public record Leaders(TopicPartition partition, int ofPartition, int ofQuorum) {
    public static final int NOBODY = -1;

    /** A strike must not wait for nodes that are in no state to answer. */
    private static final int TIMEOUT_MS = 400;

    /** Asks one node after the other until both are known. */
    static Leaders ask(TopicPartition partition, List<InetSocketAddress> nodes) {
        int ofPartition = NOBODY;
        int ofQuorum = NOBODY;
        for (InetSocketAddress node : nodes) {
            try (MetadataConnection connection = new MetadataConnection(node, TIMEOUT_MS)) {
                if (ofPartition == NOBODY) {
                    ofPartition = leader(connection, partition);
                }
                if (ofQuorum == NOBODY) {
                    ofQuorum = connection.quorumLeader();
                }
            } catch (IOException e) {
                continue; // it does not run, or cannot tell now
            }
            if (ofPartition != NOBODY && ofQuorum != NOBODY) {
                break;
            }
        }
        return new Leaders(partition, ofPartition, ofQuorum);
    }

    private static int leader(MetadataConnection connection, TopicPartition partition) throws IOException {
        return connection.partitions(partition.topic()).stream()
                .filter(each -> each.partitionIndex() == partition.partition())
                .mapToInt(each -> each.leaderId())
                .findFirst()
                .orElse(NOBODY);
    }

    @Override
    public String toString() {
        if (ofPartition == ofQuorum && ofQuorum != NOBODY) {
            return "node " + ofQuorum + " led both " + partition + " and the quorum";
        }
        return told(ofPartition, partition.toString()) + ", and " + told(ofQuorum, "the quorum");
    }

    private static String told(int node, String what) {
        return node == NOBODY ? "who led " + what + " nobody told" : "node " + node + " led " + what;
    }
}
