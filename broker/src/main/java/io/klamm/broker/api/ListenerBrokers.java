/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.metadata.fact.Endpoint;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The brokers of one image as clients of one listener see them: a broker is alive for them when it is unfenced and has an
 * endpoint on that listener.
 */
record ListenerBrokers(MetadataImage image, String listener) {
    /** A broker with its endpoint on the listener. */
    record Reachable(BrokerImage broker, Endpoint endpoint) {}

    /** Endpoint of an unfenced broker; null when it is fenced, unknown, or not on this listener. */
    @Nullable
    Endpoint endpoint(int nodeId) {
        BrokerImage broker = image.broker(nodeId);
        return broker == null || broker.fenced() ? null : broker.endpoint(listener);
    }

    boolean alive(int nodeId) {
        return endpoint(nodeId) != null;
    }

    /** Alive brokers by node id; with {@code includeFenced}, fenced ones too. */
    List<Reachable> reachable(boolean includeFenced) {
        List<Reachable> result = new ArrayList<>(image.brokers().size());
        for (BrokerImage broker : image.brokers().values()) {
            Endpoint endpoint = broker.endpoint(listener);
            if (endpoint != null && (includeFenced || !broker.fenced())) {
                result.add(new Reachable(broker, endpoint));
            }
        }
        result.sort(Comparator.comparingInt(reachable -> reachable.broker().nodeId()));
        return result;
    }

    /** Replicas on brokers that are fenced or gone, or in log dirs that are offline. */
    List<Integer> offlineReplicas(PartitionState state) {
        List<Integer> offline = null;
        for (Integer replica : state.replicas()) {
            BrokerImage broker = image.broker(replica);
            if (broker == null || broker.fenced() || !broker.hasOnline(state.directory(replica))) {
                if (offline == null) {
                    offline = new ArrayList<>(state.replicas().size());
                }
                offline.add(replica);
            }
        }
        return offline == null ? List.of() : offline;
    }

    /**
     * The node that clients shall send admin requests to. Any broker passes them on, so the leader of the quorum is only the
     * shortest way; when it is not a broker that these clients can reach, any alive one does.
     *
     * @param quorumLeader node id of the quorum's leader, -1 when not known
     * @return -1 when no broker is alive
     */
    int controllerHint(int quorumLeader) {
        if (alive(quorumLeader)) {
            return quorumLeader;
        }
        List<Reachable> brokers = reachable(false);
        return brokers.isEmpty() ? -1 : brokers.get(0).broker().nodeId();
    }
}
