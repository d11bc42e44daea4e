/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.assign.PartitionSet;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** A consumer as clients are, of either protocol: one request at a time, and what the answers say is done. */
abstract class ClientModel {
    static final String GROUP = "group";
    static final String TOPIC = "topic";
    static final int PARTITIONS = 5;

    /** What clients need of the world that they are in. */
    interface World {
        /** The coordinator of the day. */
        VirtualShard shard();

        Uuid topic();

        Random random();

        /** A client was told what it owns in a generation or epoch. */
        void told(ClientModel client, PartitionSet partitions);

        /** A client must end: another process has its instance id. */
        void fenced(ClientModel client);
    }

    final World world;
    final @Nullable String instanceId;
    String memberId;
    /** Generation, or member epoch. */
    int epoch;

    PartitionSet owned = PartitionSet.EMPTY;

    ClientModel(World world, String memberId, @Nullable String instanceId) {
        this.world = world;
        this.memberId = memberId;
        this.instanceId = instanceId;
    }

    /** What it does next. */
    abstract void act();

    /** Whatever it waits for, it hears nothing. */
    abstract void hangUp();

    /** It wants a rebalance, if that is for members to want. */
    abstract void rejoin();

    /** Says that it leaves. Answers must not be held. */
    abstract void leave();

    /** Under what its partitions are known: a static member keeps them under another id. */
    String name() {
        return instanceId == null ? memberId : instanceId;
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + " " + name() + " in " + epoch + " owns " + owned;
    }
}
