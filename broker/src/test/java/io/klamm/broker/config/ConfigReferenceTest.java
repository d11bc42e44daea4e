/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ConfigReferenceTest {
    private static final Path PAGE = Path.of("..", "docs", "CONFIGURATION.md");

    /** With -Dklamm.docs.write=true the page is written anew. */
    @Test
    void thePageIsUpToDate() throws IOException {
        if (Boolean.getBoolean("klamm.docs.write")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, ConfigReference.markdown());
        }

        assertThat(Files.readString(PAGE)).isEqualTo(ConfigReference.markdown());
    }
}
