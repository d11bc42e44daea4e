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

    /**
     * Looks every half second at a member that was heard at {@code heardMs} and can be reached from {@code reachableMs} on; the times at
     * which it is connected to anew.
     */
    private List<Long> renewals(long heardMs, long reachableMs, long fromMs, long toMs) {
        List<Long> renewals = new ArrayList<>();
        for (long now = fromMs; now <= toMs; now += TICK_MS) {
            if (!links.due(List.of(new Link(FIRST, now - heardMs)), now).isEmpty() && now >= reachableMs) {
                links.renewed(FIRST, now);
                renewals.add(now);
            }
        }
        return renewals;
    }

    @Test
    void whoIsHeardKeepsItsConnection() {
        assertThat(links.due(List.of(new Link(FIRST, 0), new Link(SECOND, 1_999)), 10_000))
                .isEmpty();
        assertThat(links.due(List.of(new Link(FIRST, 400), new Link(SECOND, 100)), 10_500))
                .isEmpty();
    }

    @Test
    void whoIsSilentGetsAnotherConnectionAndEachTimeTwiceAsMuchTimeForIt() {
        assertThat(renewals(0, 0, 500, 200_000))
                .containsExactly(2_000L, 6_000L, 14_000L, 30_000L, 62_000L, 122_000L, 182_000L);
    }

    @Test
    void whoCannotBeReachedIsDueUntilItCan() {
        assertThat(renewals(0, 600_000, 500, 606_000)).containsExactly(600_000L, 604_000L);
    }

    @Test
    void onceHeardTheFirstPauseCountsAgain() {
        assertThat(renewals(0, 0, 500, 20_000)).containsExactly(2_000L, 6_000L, 14_000L);
        assertThat(renewals(31_000, 0, 31_500, 38_000)).containsExactly(33_000L, 37_000L);
    }

    @Test
    void eachMemberHasItsOwnPauses() {
        assertThat(links.due(List.of(new Link(FIRST, 2_000), new Link(SECOND, 1_000)), 5_000))
                .containsExactly(FIRST);
        links.renewed(FIRST, 5_000);
        assertThat(links.due(List.of(new Link(FIRST, 4_000), new Link(SECOND, 3_000)), 7_000))
                .containsExactly(SECOND);
    }

    @Test
    void whoIsNoPartnerAnyMoreIsForgotten() {
        assertThat(links.due(List.of(new Link(FIRST, 2_000)), 5_000)).containsExactly(FIRST);
        links.renewed(FIRST, 5_000);
        assertThat(links.due(List.of(), 5_500)).isEmpty();
        assertThat(links.due(List.of(new Link(FIRST, 4_500)), 7_500)).containsExactly(FIRST);
    }
}
