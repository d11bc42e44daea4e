/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class OpenFilesTest {
    @Test
    void connectionsLeaveAPartToLogs() {
        OpenFiles files = OpenFiles.of(List.of(
                "Limit                     Soft Limit           Hard Limit           Units     ",
                "Max processes             63543                63543                processes ",
                "Max open files            4096                 65536                files     "));

        assertThat(files.limit()).as("the soft one, which holds").isEqualTo(4096);
        assertThat(files.clientConnections(Integer.MAX_VALUE)).isEqualTo(2048);
        assertThat(files.clientConnections(100)).isEqualTo(100);
        assertThat(files.controlConnections(10_000)).isEqualTo(512);
    }

    @Test
    void whereThereIsNoLimitOnlyTheSettingCounts() {
        OpenFiles unlimited =
                OpenFiles.of(List.of("Max open files            unlimited            unlimited            files     "));
        assertThat(unlimited.clientConnections(Integer.MAX_VALUE)).isEqualTo(Integer.MAX_VALUE);
        assertThat(OpenFiles.of(List.of()).controlConnections(10_000)).isEqualTo(10_000);
    }

    @Test
    void thisProcessHasOne() {
        assertThat(OpenFiles.ofProcess().limit()).isPositive();
    }
}
