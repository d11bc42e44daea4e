/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.history.Bounds;
import io.klamm.testkit.history.Commit;
import io.klamm.testkit.history.MetadataDigest;
import io.klamm.testkit.history.Poll;
import io.klamm.testkit.history.ReplicaLog;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.hostile.HostileRun;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Hostile clients beside ordinary ones: every API in every version, mutated; floods, slow senders, bombs. The seed is -Dhostile.seed, else
 * a new one. {@code mvn -Phostile} plays for longer.
 */
class HostileClientsIT {
    private static final Duration AT_LEAST = Duration.ofSeconds(30);

    private final long seed = Long.getLong("hostile.seed", System.nanoTime() & 0xFFFF_FFFFL);

    @Test
    void nodesLiveInTheirBudgetServeTheOthersAndLoseNothing() throws Exception {
        System.out.println("hostile clients, seed " + seed);
        HostileRun.Result result = HostileRun.run(seed, AT_LEAST);
        assertThat(result.verdict().findings())
                .as("seed %s, report in %s", seed, result.page())
                .isEmpty();
        assertThat(result.violations())
                .as("seed %s, report in %s", seed, result.page())
                .isEmpty();
        assertThat(result.history().of(Send.class)).isNotEmpty();
        assertThat(result.history().of(Poll.class)).isNotEmpty();
        assertThat(result.history().of(Bounds.class)).isNotEmpty();
        assertThat(result.history().of(Commit.class)).isNotEmpty();
        assertThat(result.history().of(ReplicaLog.class)).isNotEmpty();
        assertThat(result.history().of(MetadataDigest.class)).isNotEmpty();
    }
}
