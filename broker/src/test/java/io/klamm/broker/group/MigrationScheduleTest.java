/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.group.assign.PartitionSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Seeded schedules of a group that goes from one protocol to the other and back, in the middle of rebalances too: clients of both, static
 * ones among them, come, leave, fall silent and lose answers; coordinators move, and what no answer had told is lost with the old
 * one. After every step: who may commit shares no partition with anybody else who may; a partition has one owner in a generation or
 * epoch, across the protocols; commits of other epochs are refused, and an acknowledged one is never gone. When the changes end,
 * everybody has come to the same epoch of a group of the right kind, and all partitions have an owner.
 */
class MigrationScheduleTest {
    private static final int SEEDS = Integer.getInteger("seeds", 60);
    private static final int STEPS = 400;
    private static final int MOST_CLIENTS = 6;
    /** Seconds until everything has come together. */
    private static final int SETTLING = 300;

    @Test
    void everySeedKeepsThePromises() {
        long first = Long.getLong("seed", 0);
        int upgrades = 0;
        int downgrades = 0;
        for (long seed = first; seed < first + SEEDS; seed++) {
            Run run = new Run(seed);
            try {
                run.play();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + " (-Dseed=" + seed + " -Dseeds=1 repeats it)", e);
            }
            upgrades += run.upgrades;
            downgrades += run.downgrades;
        }
        assertThat(upgrades).as("groups that changed with members in them").isGreaterThanOrEqualTo(SEEDS / 2);
        assertThat(downgrades).as("and back").isGreaterThanOrEqualTo(SEEDS / 2);
    }

    /** Who it was that was told something, when. */
    private record Late(String memberId, int epoch) {}

    private static final class Run implements ClientModel.World {
        private final Random random;
        private final boolean cooperative;
        private final List<ClientModel> clients = new ArrayList<>();
        /** By generation or epoch, then partition. */
        private final Map<Integer, Map<Integer, String>> owners = new HashMap<>();

        private final List<Late> late = new ArrayList<>();
        private final Map<Integer, Long> acknowledged = new HashMap<>();
        private VirtualShard shard = new VirtualShard();
        private final Uuid topic = shard.topics.put(ClientModel.TOPIC, ClientModel.PARTITIONS);
        private int nextClient;
        private long nextOffset = 1;
        private int upgrades;
        private int downgrades;
        private boolean wasConsumer;
        private boolean wasEmpty = true;

        Run(long seed) {
            random = new Random(seed);
            cooperative = random.nextInt(3) > 0;
        }

        @Override
        public VirtualShard shard() {
            return shard;
        }

        @Override
        public Uuid topic() {
            return topic;
        }

        @Override
        public Random random() {
            return random;
        }

        @Override
        public void fenced(ClientModel client) {
            clients.remove(client);
        }

        void play() {
            for (int i = 0; i < STEPS; i++) {
                step();
                check();
            }
            settle();
        }

        private void step() {
            switch (random.nextInt(16)) {
                case 0, 1 -> come();
                case 2 -> stop();
                case 3 -> moveCoordinator();
                case 4 ->
                    clients.stream().filter(client -> random.nextInt(3) == 0).forEach(ClientModel::hangUp);
                case 5 -> shard.holdReplies = random.nextInt(3) == 0;
                case 6 -> {
                    shard.appendError = Errors.COORDINATOR_NOT_AVAILABLE;
                    act();
                    shard.appendError = Errors.NONE;
                }
                case 7 -> pass(random.nextInt(30_000));
                case 8 -> late();
                default -> {
                    pass(random.nextInt(1_500));
                    act();
                }
            }
        }

        private void act() {
            for (ClientModel client : List.copyOf(clients)) {
                client.act();
                if (random.nextInt(4) == 0 && clients.contains(client)) {
                    commit(client.memberId, client.epoch);
                }
            }
        }

        private void pass(long ms) {
            if (!shard.holdReplies) {
                shard.releaseReplies();
            }
            shard.advance(ms);
            check();
        }

        private void come() {
            if (clients.size() >= MOST_CLIENTS) {
                return;
            }
            String instanceId = random.nextInt(4) == 0 ? "instance " + random.nextInt(2) : null;
            clients.add(
                    random.nextInt(3) > 0
                            ? new ClassicClientModel(this, cooperative, instanceId)
                            : new ConsumerClientModel(this, "member" + nextClient++, instanceId));
        }

        /** One leaves, and says so or not. */
        private void stop() {
            if (!clients.isEmpty()) {
                // those of the newer protocol go more often, or few groups would ever come back
                List<ClientModel> chosen = clients.stream()
                        .filter(client -> client instanceof ConsumerClientModel)
                        .toList();
                List<ClientModel> from = chosen.isEmpty() || random.nextBoolean() ? clients : chosen;
                ClientModel client = from.get(random.nextInt(from.size()));
                clients.remove(client);
                if (!shard.holdReplies && random.nextInt(3) > 0) {
                    client.leave();
                }
            }
        }

        /** What no answer has told may be lost; who waits for an answer hears nothing. */
        private void moveCoordinator() {
            List<Integer> cuts = shard.cuts();
            shard = shard.successor(cuts.get(random.nextInt(cuts.size())));
            clients.forEach(ClientModel::hangUp);
        }

        // ---- what clients are told

        @Override
        public void told(ClientModel client, PartitionSet partitions) {
            late.add(new Late(client.memberId, client.epoch));
            Map<Integer, String> ofEpoch = owners.computeIfAbsent(client.epoch, unused -> new HashMap<>());
            for (int partition : partitions.partitions(topic)) {
                String before = ofEpoch.putIfAbsent(partition, client.name());
                assertThat(before)
                        .as("owner of partition %d in epoch %d", partition, client.epoch)
                        .isIn(null, client.name());
            }
        }

        /** A commit that was long on its way. */
        private void late() {
            if (!late.isEmpty()) {
                Late one = late.get(random.nextInt(late.size()));
                commit(one.memberId, one.epoch);
            }
        }

        private void commit(String memberId, int epoch) {
            if (shard.holdReplies || memberId.isEmpty() || epoch <= 0) {
                return;
            }
            int partition = random.nextInt(ClientModel.PARTITIONS);
            long offset = nextOffset++;
            boolean counts = counts(memberId, epoch);
            Errors error = shard.commit(ClientModel.GROUP, memberId, epoch, ClientModel.TOPIC, partition, offset);
            if (error == Errors.NONE) {
                acknowledged.put(partition, offset);
                assertThat(counts).as("%s may commit in %d", memberId, epoch).isTrue();
            } else {
                assertThat(error)
                        .as("a commit of %s in %d", memberId, epoch)
                        .isIn(
                                Errors.UNKNOWN_MEMBER_ID,
                                Errors.ILLEGAL_GENERATION,
                                Errors.STALE_MEMBER_EPOCH,
                                Errors.FENCED_INSTANCE_ID,
                                Errors.REBALANCE_IN_PROGRESS,
                                Errors.COORDINATOR_NOT_AVAILABLE);
            }
        }

        /** Whether there is such a member, in this generation or epoch. */
        private boolean counts(String memberId, int epoch) {
            Group entry = shard.groups.group(ClientModel.GROUP);
            if (entry == null) {
                return false;
            }
            ConsumerGroup consumer = entry.consumer();
            if (consumer == null) {
                return entry.classic().member(memberId) != null
                        && entry.classic().generation() == epoch;
            }
            ConsumerMember member = consumer.member(memberId);
            return member != null && member.epoch() == epoch;
        }

        // ---- promises

        private void check() {
            Group entry = shard.groups.group(ClientModel.GROUP);
            boolean empty = entry == null || entry.isEmpty();
            boolean isConsumer = entry != null && entry.consumer() != null;
            if (!empty && !wasEmpty && isConsumer != wasConsumer) {
                upgrades += isConsumer ? 1 : 0;
                downgrades += isConsumer ? 0 : 1;
            }
            wasEmpty = empty;
            wasConsumer = isConsumer;
            PartitionSet all = PartitionSet.EMPTY;
            for (ClientModel client : clients) {
                if (counts(client.memberId, client.epoch)) {
                    assertThat(all.intersects(client.owned))
                            .as(
                                    "of %s, one shares a partition with another; the coordinator knows %s",
                                    clients, known())
                            .isFalse();
                    all = all.plus(client.owned);
                }
            }
            if (!shard.holdReplies) {
                acknowledged.forEach((partition, offset) -> assertThat(
                                shard.committed(ClientModel.GROUP, ClientModel.TOPIC, partition))
                        .as("acknowledged offset of partition %d", partition)
                        .isEqualTo(offset));
            }
            if (random.nextInt(10) == 0) {
                assertTheNextCoordinatorKnowsTheSame();
            }
        }

        private String known() {
            Group entry = shard.groups.getOrCreate(ClientModel.GROUP);
            ConsumerGroup consumer = entry.consumer();
            if (consumer == null) {
                return entry.classic().state() + " in " + entry.classic().generation();
            }
            StringBuilder all =
                    new StringBuilder("epoch ").append(consumer.epoch().epoch());
            for (ConsumerMember member : consumer.members()) {
                all.append("; ").append(member.id()).append(' ').append(member.assignment());
            }
            return all.toString();
        }

        /** A classic group in the middle of a rebalance is restored as it was before. */
        private void assertTheNextCoordinatorKnowsTheSame() {
            Group entry = shard.groups.group(ClientModel.GROUP);
            Group next = shard.successor().groups.group(ClientModel.GROUP);
            if (entry == null || entry.isEmpty()) {
                return;
            }
            if (entry.consumer() != null) {
                ConsumerScheduleTest.assertTheNextKnowsTheSame(entry.consumer(), shard);
            } else if (entry.classic().is(ClassicGroup.State.STABLE)) {
                assertThat(stored(next)).usingRecursiveComparison().isEqualTo(stored(entry));
            }
        }

        private static StoredGroup stored(@Nullable Group group) {
            ClassicGroup classic = Objects.requireNonNull(group).classic();
            return classic.stored(member -> member.assignment, classic.stateTimestampMs());
        }

        /** No more changes. */
        private void settle() {
            shard.holdReplies = false;
            if (clients.isEmpty()) {
                come();
            }
            for (int i = 0; i < SETTLING; i++) {
                if (i == SETTLING / 2) {
                    // a static member that was away while it lost a partition returns without a rebalance, and
                    // nobody else gets it before the next one
                    clients.get(0).rejoin();
                }
                pass(1_000);
                act();
                check();
                if (clients.isEmpty()) { // the last one was fenced by a member that is gone
                    come();
                }
            }
            Group entry = shard.groups.getOrCreate(ClientModel.GROUP);
            ConsumerGroup consumer = entry.consumer();
            if (clients.stream().anyMatch(client -> client instanceof ConsumerClientModel)) {
                assertThat(Objects.requireNonNull(consumer).state())
                        .as("of %s", clients)
                        .isEqualTo(ConsumerGroup.State.STABLE);
            } else {
                assertThat(consumer).as("consumer group of %s", clients).isNull();
                assertThat(entry.classic().state()).isEqualTo(ClassicGroup.State.STABLE);
            }
            assertThat(clients).as("%s", clients).allMatch(client -> client.epoch == clients.get(0).epoch);
            PartitionSet all = PartitionSet.EMPTY;
            for (ClientModel client : clients) {
                all = all.plus(client.owned);
            }
            assertThat(all.size()).as("partitions of %s", clients).isEqualTo(ClientModel.PARTITIONS);
            assertTheNextCoordinatorKnowsTheSame();
        }
    }
}
