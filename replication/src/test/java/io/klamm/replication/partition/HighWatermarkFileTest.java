/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.image.PartitionId;
import io.klamm.storage.io.LogFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HighWatermarkFileTest {
    private static final Map<PartitionId, Long> OFFSETS =
            Map.of(new PartitionId(new Uuid(1, 2), 0), 17L, new PartitionId(new Uuid(1, 2), 3), Long.MAX_VALUE - 1);

    @TempDir
    Path dir;

    private HighWatermarkFile file() {
        return new HighWatermarkFile(LogFiles.SYSTEM, dir.resolve("high-watermarks"));
    }

    @Test
    void nothingIsThereAtFirst() {
        assertThat(file().load()).isEmpty();
    }

    @Test
    void whatIsSavedIsFound() throws Exception {
        file().save(Map.of());
        assertThat(file().load()).isEmpty();
        file().save(OFFSETS);
        assertThat(file().load()).isEqualTo(OFFSETS);
        assertThat(LogFiles.SYSTEM.list(dir)).hasSize(1);
    }

    @Test
    void aFileDamagedAnywhereIsLeftAside() throws Exception {
        file().save(OFFSETS);
        byte[] sound = Files.readAllBytes(dir.resolve("high-watermarks"));
        for (int i = 0; i < sound.length; i++) {
            byte[] damaged = sound.clone();
            damaged[i] ^= 0x40;
            Files.write(dir.resolve("high-watermarks"), damaged);
            assertThat(file().load()).as("byte %s", i).isEmpty();
            Files.write(dir.resolve("high-watermarks"), Arrays.copyOf(sound, i));
            assertThat(file().load()).as("cut at %s", i).isEmpty();
        }
    }
}
