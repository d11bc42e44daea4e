/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.PartitionCreated;
import io.klamm.metadata.fact.PartitionState;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class FactPrinterTest {
    private static final Uuid DIRECTORY = new Uuid(3, 4);

    private static String printed(boolean json, Uuid... directories) {
        StringWriter out = new StringWriter();
        PartitionState state = new PartitionState(
                List.of(1, 2),
                List.of(directories),
                List.of(1, 2),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                1,
                0,
                0);
        new FactPrinter(new PrintWriter(out), json, 0)
                .batch(new FactBatch(
                        1, 7, 0, "admin", "create topic", List.of(new PartitionCreated(new Uuid(1, 2), 0, state))));
        return out.toString();
    }

    @Test
    void directoriesThatAreNotAssignedAreLeftOut() {
        for (boolean json : new boolean[] {false, true}) {
            assertThat(printed(json, Uuid.ZERO_UUID, Uuid.ZERO_UUID))
                    .contains("\"replicas\":[1,2],\"isr\"")
                    .doesNotContain("AAAAAAAAAAAAAAAAAAAAAA");
            assertThat(printed(json, DIRECTORY, Uuid.ZERO_UUID))
                    .contains("\"directories\":[\"" + DIRECTORY + "\",null]");
        }
    }
}
