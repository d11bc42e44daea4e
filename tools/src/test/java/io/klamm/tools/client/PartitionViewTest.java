/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PartitionViewTest {
    private static PartitionView partition(int leader, List<Integer> isr, List<Integer> elr, List<Integer> lastKnown) {
        return new PartitionView(0, leader, List.of(1, 2, 3), isr, elr, lastKnown, null, null, null).withMinIsr(2);
    }

    @Test
    void saysWhatIsWorst() {
        assertThat(partition(1, List.of(1, 2, 3), List.of(), List.of()).state()).isEqualTo("ok");
        assertThat(partition(1, List.of(1, 2), List.of(), List.of()).state()).isEqualTo("under-replicated");
        assertThat(partition(1, List.of(1), List.of(2), List.of()).state())
                .isEqualTo("below min ISR (1 of 2): acks=all is refused");
    }

    @Test
    void minIsrIsNeverMoreThanTheReplicas() {
        PartitionView single = new PartitionView(0, 1, List.of(1), List.of(1), List.of(), List.of(), null, null, null);
        assertThat(single.withMinIsr(2).state()).isEqualTo("ok");
        assertThat(single.withMinIsr(2).minIsr()).isEqualTo(1);
    }

    @Test
    void offlineNamesWhomItWaitsFor() {
        assertThat(partition(-1, List.of(2), List.of(3), List.of()).state())
                .isEqualTo("offline, waits for node 2 or 3");
        assertThat(partition(-1, List.of(), List.of(), List.of(1, 3)).state())
                .isEqualTo("offline, waits for nodes 1 and 3 (last known ISR)");
        assertThat(partition(-1, List.of(), List.of(), List.of(3)).state())
                .isEqualTo("offline, waits for node 3 (last known ISR)");
    }
}
