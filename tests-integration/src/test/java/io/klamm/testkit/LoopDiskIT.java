/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** The evidence of a power loss: what nobody has forced is there or not. */
@EnabledIf("io.klamm.testkit.LoopDisk#available")
class LoopDiskIT {
    @Test
    void whatNobodyHasForcedIsLostWhenTheDiskFailsAndOnlyThen(@TempDir Path directory) {
        try (LoopDisk disk = LoopDisk.mount(directory.resolve("disk"), 16)) {
            disk.putCanary();
            disk.fail();
            disk.repair();
            assertThat(disk.hasLostCanary()).isTrue();
            disk.putCanary();
            disk.repair();
            assertThat(disk.hasLostCanary()).as("unmounted in order").isFalse();
        }
    }
}
