/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.quorum.SilentLinks.Link;
import java.util.ArrayList;
import java.util.List;
import org.apache.ratis.protocol.RaftPeerId;
import org.junit.jupiter.api.Test;

class SilentLinksTest {
    private static final RaftPeerId FIRST = RaftPeerId.valueOf("1-0");
    private static final RaftPeerId SECOND = RaftPeerId.valueOf("2-0");
    private static final long TICK_MS = 500;

    private final SilentLinks links = new SilentLinks();

    /** Looks every half second at a member that was heard at {@code heardMs}; the times at which it is connected to anew. */
    private List<Long> attempts(long heardMs, long fromMs, long toMs) {
        List<Long> attempts = new ArrayList<>();
        for (long now = fromMs; now <= toMs; now += TICK_MS) {
            if (!links.due(List.of(new Link(FIRST, now - heardMs)), now).isEmpty()) {
                attempts.add(now);
            }
        }
        return attempts;
    }

    @Test
    void whoIsHeardKeepsItsConnection() {
        assertThat(links.due(List.of(new Link(FIRST, 0), new Link(SECOND, 2_999)), 10_000))
                .isEmpty();
        assertThat(links.due(List.of(new Link(FIRST, 400), new Link(SECOND, 100)), 10_500))
                .isEmpty();
    }

    @Test
    void whoIsSilentGetsAnotherConnectionAndEachTimeTwiceAsMuchTimeForIt() {
        assertThat(attempts(0, 500, 200_000)).containsExactly(3_000L, 9_000L, 21_000L, 45_000L, 93_000L, 153_000L);
    }

    @Test
    void onceHeardTheFirstPauseCountsAgain() {
        assertThat(attempts(0, 500, 30_000)).containsExactly(3_000L, 9_000L, 21_000L);
        assertThat(attempts(31_000, 31_500, 50_000)).containsExactly(34_000L, 40_000L);
    }

    @Test
    void eachMemberHasItsOwnPauses() {
        assertThat(links.due(List.of(new Link(FIRST, 3_000), new Link(SECOND, 1_000)), 5_000))
                .containsExactly(FIRST);
        assertThat(links.due(List.of(new Link(FIRST, 5_000), new Link(SECOND, 3_000)), 7_000))
                .containsExactly(SECOND);
    }

    @Test
    void whoIsNoPartnerAnyMoreIsForgotten() {
        assertThat(links.due(List.of(new Link(FIRST, 3_000)), 5_000)).containsExactly(FIRST);
        assertThat(links.due(List.of(), 5_500)).isEmpty();
        assertThat(links.due(List.of(new Link(FIRST, 3_000)), 8_000)).containsExactly(FIRST);
    }
}
