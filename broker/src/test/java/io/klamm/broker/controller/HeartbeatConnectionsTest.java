/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeartbeatConnectionsTest {
    private final List<String> lost = new ArrayList<>();
    private final HeartbeatConnections connections =
            new HeartbeatConnections((nodeId, brokerEpoch) -> lost.add(nodeId + "@" + brokerEpoch));

    @Test
    void reportsABrokerWhoseConnectionIsGone() {
        connections.opens(10);
        connections.carries(10, 1, 100, false);
        connections.opens(11);
        connections.carries(11, 2, 101, false);
        connections.connectionClosed(11);
        assertThat(lost).containsExactly("2@101");
    }

    @Test
    void saysNothingOfOtherConnections() {
        connections.opens(10);
        connections.carries(10, 1, 100, false);
        connections.connectionClosed(12);
        assertThat(lost).isEmpty();
    }

    @Test
    void saysNothingWhenTheShutdownWasAnnounced() {
        connections.opens(10);
        connections.carries(10, 1, 100, false);
        connections.carries(10, 1, 100, true);
        connections.connectionClosed(10);
        assertThat(lost).isEmpty();
    }

    @Test
    void knowsWhetherARegistrationsConnectionIsStillThere() {
        connections.opens(10);
        connections.opens(11);
        connections.connectionClosed(10);
        assertThat(connections.isOpen(10)).isFalse();
        assertThat(connections.isOpen(11)).isTrue();
    }

    @Test
    void saysNothingWhenANewerConnectionCarriesTheHeartbeats() {
        connections.opens(10);
        connections.carries(10, 1, 100, false);
        connections.opens(20);
        connections.carries(20, 1, 100, false);
        connections.connectionClosed(10);
        assertThat(lost).isEmpty();
        connections.connectionClosed(20);
        assertThat(lost).containsExactly("1@100");
    }

    @Test
    void tellsOfAConnectionThatEndedBeforeItsHeartbeatWasAccepted() {
        connections.opens(10);
        connections.connectionClosed(10);
        assertThat(lost).isEmpty();
        connections.carries(10, 1, 100, false);
        assertThat(lost).containsExactly("1@100");
    }

    @Test
    void oneConnectionStandsForOneNode() {
        connections.opens(10);
        connections.carries(10, 1, 100, false);
        connections.carries(10, 2, 101, false);
        connections.connectionClosed(10);
        assertThat(lost).containsExactly("2@101");
    }
}
