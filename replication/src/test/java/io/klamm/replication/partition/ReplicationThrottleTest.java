/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.model.Images;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The leaders' side on node 1; partition t-0 has its replicas on 1, 2, 3, and 3 is not in sync. */
class ReplicationThrottleTest {
    private static final PartitionId ID = new PartitionId(new Uuid(1, 1), 0);

    private long now = 1_000;
    private MetadataImage image = Images.created(
            Images.withBrokers(MetadataImage.EMPTY, 1, 2, 3),
            ID,
            "t",
            Images.state(List.of(1, 2, 3), List.of(1, 2), 1, 0, 0));
    private long rate = 1_000;
    private final ReplicationThrottle throttle =
            new ReplicationThrottle(ReplicationThrottle.LEADER_KEY, 1, () -> image, any -> rate, () -> now);

    private void name(@Nullable String replicas) {
        image = image.apply(
                List.of(new ConfigChanged(ConfigResourceType.TOPIC, "t", ReplicationThrottle.LEADER_KEY, replicas)));
    }

    private void rate(long bytesPerSecond) {
        rate = bytesPerSecond;
        image = image.apply(List.of(new ConfigChanged(
                ConfigResourceType.BROKER, "1", "leader.replication.throttled.rate", "" + bytesPerSecond)));
    }

    private long pause(int follower) {
        return TimeUnit.NANOSECONDS.toMillis(throttle.pauseNanos(ID, "t", follower));
    }

    private void passMillis(long millis) {
        now += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    @Test
    void whoTakesMoreThanThereIsLeavesADebt() {
        name("*");
        assertThat(pause(3)).isZero();
        throttle.took(ID, "t", 3, 1_400);
        assertThat(pause(3)).as("400 bytes at 1000 a second").isEqualTo(401);
        passMillis(400);
        assertThat(pause(3)).isEqualTo(1);
        passMillis(2);
        assertThat(pause(3)).isZero();
        passMillis(60_000);
        throttle.took(ID, "t", 3, 1_001);
        assertThat(pause(3)).as("only one second is saved up").isPositive();
    }

    @Test
    void whoIsInSyncIsNeitherHeldBackNorCounted() {
        name("*");
        throttle.took(ID, "t", 2, 1_000_000);
        assertThat(pause(3)).isZero();
        throttle.took(ID, "t", 3, 1_000_000);
        assertThat(pause(3)).isPositive();
        assertThat(pause(2)).isZero();
    }

    @Test
    void onlyNamedPartitionsOfThisNodeAreThrottled() {
        throttle.took(ID, "t", 3, 10_000);
        assertThat(pause(3)).isZero();
        name("0:2,1:1");
        throttle.took(ID, "t", 3, 10_000);
        assertThat(pause(3)).as("t-0 is throttled where 2 leads it").isZero();
        name("0:2, 0:1");
        throttle.took(ID, "t", 3, 10_000);
        assertThat(pause(3)).isPositive();
        name(null);
        assertThat(pause(3)).isZero();
    }

    @Test
    void aNewRateTakesEffectAtOnce() {
        name("*");
        throttle.took(ID, "t", 3, 100_000);
        assertThat(pause(3)).as("nobody waits for more than a second at once").isEqualTo(1_000);
        rate(1_000_000);
        assertThat(pause(3)).isLessThan(100);
        rate(Long.MAX_VALUE);
        assertThat(pause(3)).isZero();
        rate(0);
        assertThat(pause(3)).isEqualTo(1_000);
    }
}
