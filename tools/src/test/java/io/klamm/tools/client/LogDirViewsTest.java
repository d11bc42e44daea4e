/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.tools.client.LogDirViews.LogDirView;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogDirViewsTest {
    @Test
    void ofADirThatIsOfflineNothingElseIsClaimed() {
        LogDirView online = new LogDirView(1, "/disk/a", "online", 12, 1, 4096, 1_000L, 2_000L);
        LogDirView offline = new LogDirView(2, "/disk/b", "offline", 0, 0, 0, null, null);
        assertThat(online.online()).isTrue();
        assertThat(offline.online()).isFalse();
        assertThat(LogDirViews.table(List.of(online, offline)).toString().lines())
                .containsExactly(
                        "NODE  LOG DIR  STATE    REPLICAS  MOVING  BYTES  USABLE  TOTAL",
                        "   1  /disk/a  online         12       1   4096    1000   2000",
                        "   2  /disk/b  offline         -       -      -       -      -");
    }
}
