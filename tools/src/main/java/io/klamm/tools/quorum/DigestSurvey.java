/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.quorum;

import io.klamm.broker.controller.DigestField;
import io.klamm.metadata.image.DigestStanding;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.PartitionData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.ReplicaState;
import org.jspecify.annotations.Nullable;

/**
 * Asks which nodes hold the active controller's metadata. The leader of the quorum knows it of all brokers, from their heartbeats; a voter that
 * is no broker is asked itself. Kafka's admin client drops these fields, since they are ours.
 */
public final class DigestSurvey {
    private DigestSurvey() {}

    /** Takes a few seconds at most, and never fails: what nobody says stays out of the answer. */
    public static MetadataComparison of(List<QuorumInspector.Address> brokers) throws InterruptedException {
        Map<Integer, DigestStanding> known = new HashMap<>();
        for (QuorumInspector.Address broker : brokers) {
            DescribeQuorumResponseData answer = ask(broker.host(), broker.port());
            if (answer == null) {
                continue;
            }
            PartitionData quorum = answer.topics().get(0).partitions().get(0);
            quorum.currentVoters().forEach(voter -> note(voter, known));
            quorum.observers().forEach(observer -> note(observer, known));
            askVoters(answer, known);
            break;
        }
        return new MetadataComparison(known);
    }

    private static void askVoters(DescribeQuorumResponseData answer, Map<Integer, DigestStanding> known)
            throws InterruptedException {
        Map<Integer, FutureTask<@Nullable DescribeQuorumResponseData>> asked = new HashMap<>();
        for (DescribeQuorumResponseData.Node voter : answer.nodes()) {
            for (DescribeQuorumResponseData.Listener listener : voter.listeners()) {
                if (!known.containsKey(voter.nodeId())) {
                    asked.put(voter.nodeId(), QuorumInspector.started(() -> ask(listener.host(), listener.port())));
                }
                break;
            }
        }
        for (Map.Entry<Integer, FutureTask<@Nullable DescribeQuorumResponseData>> each : asked.entrySet()) {
            try {
                DescribeQuorumResponseData own = each.getValue().get();
                if (own != null) {
                    own.topics().get(0).partitions().get(0).currentVoters().stream()
                            .filter(voter -> voter.replicaId() == each.getKey())
                            .forEach(voter -> note(voter, known));
                }
            } catch (ExecutionException e) {
                throw new IllegalStateException(e.getCause());
            }
        }
    }

    private static void note(ReplicaState replica, Map<Integer, DigestStanding> known) {
        DigestStanding standing = DigestField.in(replica.unknownTaggedFields());
        if (standing != null) {
            known.put(replica.replicaId(), standing);
        }
    }

    private static @Nullable DescribeQuorumResponseData ask(String host, int port) {
        try (NodeConnection node =
                new NodeConnection(host, port, QuorumInspector.CONNECT_MS, QuorumInspector.ANSWER_MS)) {
            return QuorumInspector.describeQuorum(node);
        } catch (IOException | RuntimeException e) {
            return null;
        }
    }
}
