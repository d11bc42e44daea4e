/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.image.DigestStanding;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MetadataComparisonTest {
    private static final DigestStanding NEW = DigestStanding.NOT_COMPARED;

    private static DigestStanding equal(long upTo) {
        return new DigestStanding(upTo, -1);
    }

    private static DigestStanding differing(long at) {
        return new DigestStanding(-1, at);
    }

    @Test
    void equalIsWhatAllHaveCompared() {
        MetadataComparison metadata =
                new MetadataComparison(Map.of(1, equal(3_000), 2, equal(2_000), 3, equal(3_000), 7, NEW));
        assertThat(metadata.divergence()).isNull();
        assertThat(metadata.summary()).isEqualTo("metadata equal up to 2000 (node 7 not compared yet)");
        assertThat(metadata.inWords(1)).isEqualTo("equal up to 3000");
        assertThat(metadata.inWords(7)).isEqualTo("-");
        assertThat(metadata.inWords(8)).as("nothing is known of it").isEqualTo("-");
    }

    @Test
    void nothingIsSaidBeforeAnythingIsCompared() {
        assertThat(new MetadataComparison(Map.of(1, NEW)).summary()).isEqualTo("metadata not compared yet");
        assertThat(new MetadataComparison(Map.of()).divergence()).isNull();
    }

    @Test
    void theNodeThatDiffersIsNamedAlsoWhenItHasAgreedSince() {
        MetadataComparison metadata =
                new MetadataComparison(Map.of(1, equal(5_000), 2, equal(5_000), 3, new DigestStanding(5_000, 2_000)));
        assertThat(metadata.divergence())
                .isEqualTo("the metadata of node 3 is not the active controller's since offset 2000"
                        + " (the log of each says what to do)");
        assertThat(metadata.summary()).isEqualTo("METADATA DIFFERS on node 3");
        assertThat(metadata.inWords(3)).isEqualTo("DIFFERS at 2000");
    }

    @Test
    void whenMostDifferTheActiveControllerIsSuspected() {
        MetadataComparison metadata =
                new MetadataComparison(Map.of(1, equal(5_000), 2, differing(4_000), 3, differing(3_000)));
        assertThat(metadata.divergence())
                .startsWith("the metadata of nodes 2 and 3 is not the active controller's since offset 3000; as most");
        assertThat(new MetadataComparison(Map.of(1, equal(5_000), 2, differing(4_000))).divergence())
                .as("one against one proves nothing")
                .doesNotContain("most");
    }
}
