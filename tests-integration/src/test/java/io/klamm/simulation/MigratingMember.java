/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A member whose process is exchanged from time to time, for one of the other protocol perhaps: its group goes from one to the other and back. */
final class MigratingMember implements SimMember {
    private static final int STEPS_OF_A_LIFE = 40;

    private final World world;
    private final List<Supplier<SimMember>> protocols;
    private SimMember now;
    private int lives;
    private boolean readsOnly;

    MigratingMember(
            World world,
            SimCluster cluster,
            Coverage coverage,
            GroupHistory history,
            int number,
            @Nullable String instanceId,
            boolean cooperative) {
        this.world = world;
        ConsumerGroupMember.Topics topics = new ConsumerGroupMember.Topics(List.of(SimCluster.TOPIC), null);
        ConsumerGroupMember consumer =
                new ConsumerGroupMember(world, cluster, coverage, history, number, instanceId, topics);
        this.protocols = List.of(
                () -> new EmbeddedMember(world, cluster, coverage, history, instanceId, cooperative), () -> consumer);
        this.now = protocols.get(0).get();
        this.lives = now.lives();
    }

    @Override
    public void step() {
        if (now.lives() != lives) {
            now = protocols.get(world.below(protocols.size())).get();
            now.standStill(50L + world.below(1_000));
            if (readsOnly) {
                now.stopCommitting();
            }
            lives = now.lives();
        } else if (!readsOnly && world.below(STEPS_OF_A_LIFE) == 0) {
            now.leave();
        }
        now.step();
    }

    @Override
    public void crash(long forMs) {
        now.crash(forMs);
    }

    @Override
    public void leave() {
        now.leave();
    }

    @Override
    public void standStill(long ms) {
        now.standStill(ms);
    }

    @Override
    public void stopCommitting() {
        readsOnly = true;
        now.stopCommitting();
    }

    @Override
    public boolean isWaiting() {
        return now.isWaiting();
    }

    @Override
    public boolean isStable() {
        return now.isStable();
    }

    @Override
    public int generation() {
        return now.generation();
    }

    @Override
    public int lives() {
        return now.lives();
    }

    @Override
    public int ownedCount() {
        return now.ownedCount();
    }

    @Override
    public String toString() {
        return now.toString();
    }
}
