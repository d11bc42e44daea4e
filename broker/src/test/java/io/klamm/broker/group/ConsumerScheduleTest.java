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
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Seeded schedules of a group of the consumer protocol: clients come, leave, fall silent, are slow to give up and lose answers; topics grow,
 * come and go; coordinators move, and what no answer had told is lost with the old one. After every step: what a member
 * owns is held for it and for nobody else, commits of other epochs are refused, an acknowledged commit is never gone, and the next coordinator would
 * know the same. When the changes end, everybody has come to the same epoch, and all partitions are shared out evenly.
 */
class ConsumerScheduleTest {
    private static final int SEEDS = Integer.getInteger("seeds", 60);
    private static final int STEPS = 400;
    private static final String GROUP = "group";
    private static final List<String> TOPICS = List.of("topic", "second", "third");
    private static final int REBALANCE_MS = 20_000;

    @Test
    void everySeedKeepsThePromises() {
        long first = Long.getLong("seed", 0);
        for (long seed = first; seed < first + SEEDS; seed++) {
            try {
                new Run(seed).play();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + " (-Dseed=" + seed + " -Dseeds=1 repeats it)", e);
            }
        }
    }

    /** What another coordinator would read from the log is what this one knows. */
    static void assertTheNextKnowsTheSame(ConsumerGroup group, VirtualShard shard) {
        Group there = shard.successor().groups.group(group.id());
        ConsumerGroup next = there == null ? null : there.consumer();
        if (next == null) {
            assertThat(group.epoch()).as("nothing was written yet").isEqualTo(GroupEpoch.NONE);
            return;
        }
        assertThat(next.epoch()).isEqualTo(group.epoch());
        assertThat(next.targetEpoch()).isEqualTo(group.targetEpoch());
        assertThat(next.members())
                .extracting(ConsumerMember::id)
                .isEqualTo(group.members().stream().map(ConsumerMember::id).toList());
        for (ConsumerMember member : group.members()) {
            ConsumerMember same = Objects.requireNonNull(next.member(member.id()));
            assertThat(same.metadata()).usingRecursiveComparison().isEqualTo(member.metadata());
            assertThat(same.assignment()).isEqualTo(member.assignment());
            assertThat(next.target(member.id())).isEqualTo(group.target(member.id()));
        }
    }

    /** A consumer as clients are: one request at a time; it takes what it is told, and gives up before it says so. */
    private static final class Client {
        final @Nullable String instanceId;
        String memberId;
        int epoch;
        PartitionSet assignment = PartitionSet.EMPTY;
        PartitionSet owned = PartitionSet.EMPTY;
        /** What it has said it owns, and been answered; null when the next request must say all. */
        @Nullable
        PartitionSet told;

        /** Does not give anything up before this time. */
        long slowUntilMs;

        @Nullable
        CompletableFuture<ConsumerGroupHeartbeatResponseData> asked;

        Client(String memberId, @Nullable String instanceId) {
            this.memberId = memberId;
            this.instanceId = instanceId;
        }

        void joinAnew() {
            epoch = 0;
            assignment = PartitionSet.EMPTY;
            owned = PartitionSet.EMPTY;
            told = null;
        }

        ConsumerGroupHeartbeatRequestData request() {
            ConsumerGroupHeartbeatRequestData request = new ConsumerGroupHeartbeatRequestData()
                    .setGroupId(GROUP)
                    .setMemberId(memberId)
                    .setMemberEpoch(epoch)
                    .setInstanceId(instanceId)
                    .setTopicPartitions(null);
            if (told == null) {
                request.setRebalanceTimeoutMs(REBALANCE_MS).setSubscribedTopicNames(TOPICS);
            }
            if (!owned.equals(told)) {
                List<TopicPartitions> rows = new ArrayList<>();
                owned.topics()
                        .forEach(id ->
                                rows.add(new TopicPartitions().setTopicId(id).setPartitions(owned.partitions(id))));
                request.setTopicPartitions(rows);
            }
            return request;
        }
    }

    private static final class Run {
        private final Random random;
        /**
         * Clients take what they are told at once. Others may say that they do not own it yet, miss the answer that takes it from them, and take
         * it then: the protocol has no word for that, and only the epoch of their commits tells that they are wrong.
         */
        private final boolean eager;

        private final List<Client> clients = new ArrayList<>();
        private final List<Client> away = new ArrayList<>();
        private final Map<Integer, Long> acknowledged = new HashMap<>();
        private VirtualShard shard = new VirtualShard();
        private int nextClient;
        private long nextOffset = 1;

        Run(long seed) {
            random = new Random(seed);
            eager = random.nextBoolean();
            shard.topics.put("topic", 3);
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
                case 0 -> come();
                case 1 -> stop();
                case 2 -> moveCoordinator(shard.committed() + random.nextInt(shard.log.size() - shard.committed() + 1));
                case 3 -> clients.forEach(client -> client.asked = random.nextBoolean() ? lose(client) : client.asked);
                case 4 -> shard.holdReplies = random.nextInt(3) == 0;
                case 5 -> changeTopics();
                case 6 -> {
                    if (!clients.isEmpty()) {
                        any().slowUntilMs = shard.nowMs + random.nextInt(2 * REBALANCE_MS);
                    }
                }
                case 7 -> {
                    shard.appendError = random.nextBoolean() ? Errors.COORDINATOR_NOT_AVAILABLE : Errors.NONE;
                    clients.forEach(this::act);
                    shard.appendError = Errors.NONE;
                }
                case 8 -> shard.advance(random.nextInt(60_000));
                default -> {
                    pass(random.nextInt(3_000));
                    clients.forEach(this::act);
                }
            }
        }

        private void pass(long ms) {
            if (!shard.holdReplies) {
                shard.releaseReplies();
            }
            shard.advance(ms);
        }

        private Client any() {
            return clients.get(random.nextInt(clients.size()));
        }

        private void come() {
            if (!away.isEmpty() && random.nextBoolean()) {
                Client back = away.remove(random.nextInt(away.size()));
                clients.add(new Client("member" + nextClient++, back.instanceId));
            } else if (clients.size() < 6) {
                String id = "member" + nextClient++;
                clients.add(new Client(id, random.nextInt(3) == 0 ? "instance of " + id : null));
            }
        }

        /** One leaves, says so or not, and is heard or not. */
        private void stop() {
            if (clients.isEmpty()) {
                return;
            }
            Client client = any();
            clients.remove(client);
            if (client.epoch > 0 && random.nextBoolean()) {
                boolean forAWhile = client.instanceId != null && random.nextBoolean();
                client.joinAnew();
                var unused = shard.ask(client.request().setMemberEpoch(forAWhile ? -2 : -1), 1);
                if (forAWhile) {
                    away.add(client);
                }
            }
        }

        /** What no answer has told may be lost; who waits for an answer hears nothing. */
        private void moveCoordinator(int records) {
            shard = shard.successor(records);
            clients.forEach(client -> client.asked = lose(client));
        }

        private static @Nullable CompletableFuture<ConsumerGroupHeartbeatResponseData> lose(Client client) {
            if (client.asked != null) {
                client.told = null;
            }
            return null;
        }

        private void changeTopics() {
            String name = TOPICS.get(random.nextInt(TOPICS.size()));
            var topic = shard.topics.topic(name);
            if (topic != null && random.nextInt(4) == 0 && !name.equals("topic")) {
                shard.topics.remove(name);
            } else if (topic == null || topic.partitions() < 8) {
                shard.topics.put(name, (topic == null ? 0 : topic.partitions()) + 1 + random.nextInt(3));
            }
            shard.topicsChanged(name);
        }

        // ---- clients

        private void act(Client client) {
            if (client.asked != null) {
                if (client.asked.isDone()) {
                    ConsumerGroupHeartbeatResponseData answer = client.asked.join();
                    client.asked = null;
                    answered(client, answer);
                }
                return;
            }
            if (shard.nowMs >= client.slowUntilMs) {
                client.owned = client.owned.intersect(client.assignment);
            }
            if (eager || random.nextBoolean()) {
                client.owned = client.owned.plus(client.assignment);
            }
            if (client.epoch > 0 && !shard.holdReplies && random.nextInt(3) == 0) {
                commit(client);
            }
            if (random.nextInt(10) == 0) {
                client.told = null;
            }
            client.asked = shard.ask(client.request(), 1);
            if (client.asked.isDone() && random.nextBoolean()) {
                act(client);
            }
        }

        private void answered(Client client, ConsumerGroupHeartbeatResponseData answer) {
            switch (Errors.forCode(answer.errorCode())) {
                case NONE -> {
                    client.told = client.owned;
                    client.epoch = answer.memberEpoch();
                    if (answer.assignment() != null) {
                        PartitionSet.Builder assigned = PartitionSet.builder();
                        answer.assignment()
                                .topicPartitions()
                                .forEach(row -> assigned.addAll(row.topicId(), row.partitions()));
                        client.assignment = assigned.build();
                        client.owned = eager ? client.owned.plus(client.assignment) : client.owned;
                    }
                }
                case FENCED_MEMBER_EPOCH, UNKNOWN_MEMBER_ID, UNRELEASED_INSTANCE_ID -> client.joinAnew();
                case FENCED_INSTANCE_ID -> {
                    client.joinAnew();
                    client.memberId = "member" + nextClient++;
                }
                case COORDINATOR_NOT_AVAILABLE, GROUP_MAX_SIZE_REACHED -> client.told = null;
                default -> throw new AssertionError("not an answer: " + answer);
            }
        }

        private void commit(Client client) {
            int partition = random.nextInt(3);
            long offset = nextOffset++;
            ConsumerMember member = member(client);
            boolean fits = member != null && member.epoch() == client.epoch;
            Errors error = shard.commit(GROUP, client.memberId, client.epoch, "topic", partition, offset);
            assertThat(error == Errors.NONE || error == Errors.COORDINATOR_NOT_AVAILABLE)
                    .as("%s for a commit of %s in epoch %d", error, client.memberId, client.epoch)
                    .isEqualTo(fits);
            if (error == Errors.NONE) {
                acknowledged.put(partition, offset);
            }
        }

        private @Nullable ConsumerMember member(Client client) {
            Group group = shard.groups.group(GROUP);
            ConsumerGroup consumer = group == null ? null : group.consumer();
            return consumer == null ? null : consumer.member(client.memberId);
        }

        // ---- promises

        private void check() {
            Group entry = shard.groups.group(GROUP);
            ConsumerGroup group = entry == null ? null : entry.consumer();
            if (group == null) {
                return;
            }
            PartitionSet held = PartitionSet.EMPTY;
            for (ConsumerMember member : group.members()) {
                PartitionSet ofMember = member.assignment().held();
                assertThat(held.intersects(ofMember))
                        .as("%s holds %s of what others hold", member.id(), ofMember)
                        .isFalse();
                held = held.plus(ofMember);
            }
            for (Client client : clients) {
                ConsumerMember member = group.member(client.memberId);
                if (member != null && isKnownIn(client.epoch, member.assignment())) {
                    assertThat(member.assignment().held().containsAll(client.owned))
                            .as("%s owns %s, held is %s", client.memberId, client.owned, member.assignment())
                            .isTrue();
                }
            }
            if (!shard.holdReplies) {
                acknowledged.forEach((partition, offset) -> assertThat(shard.committed(GROUP, "topic", partition))
                        .as("acknowledged offset of partition %d", partition)
                        .isEqualTo(offset));
            }
            if (random.nextInt(10) == 0) {
                assertTheNextKnowsTheSame(group, shard);
            }
        }

        /** Who comes with another epoch is fenced: it was out for a while. */
        private boolean isKnownIn(int epoch, MemberAssignment assignment) {
            return epoch > 0 && (epoch == assignment.epoch() || (eager && epoch == assignment.previousEpoch()));
        }

        /** No more changes: all come to the same epoch, and everything is shared out. */
        private void settle() {
            shard.releaseReplies();
            shard.appendError = Errors.NONE;
            if (clients.isEmpty()) {
                clients.add(new Client("last", null));
            }
            clients.forEach(client -> client.slowUntilMs = 0);
            for (int i = 0; i < 120; i++) {
                pass(2_000);
                clients.forEach(this::act);
                check();
            }
            ConsumerGroup group = shard.consumer(GROUP);
            assertThat(group.state()).isEqualTo(ConsumerGroup.State.STABLE);
            assertThat(group.size()).as("members").isEqualTo(clients.size());
            PartitionSet all = PartitionSet.EMPTY;
            int most = 0;
            int least = Integer.MAX_VALUE;
            for (Client client : clients) {
                assertThat(client.epoch).isEqualTo(group.epoch().epoch());
                all = all.plus(client.owned);
                most = Math.max(most, client.owned.size());
                least = Math.min(least, client.owned.size());
            }
            assertThat(all).isEqualTo(everything());
            assertThat(most - least).as("sizes differ by").isLessThanOrEqualTo(1);
            assertTheNextKnowsTheSame(group, shard);
        }

        private PartitionSet everything() {
            PartitionSet.Builder all = PartitionSet.builder();
            for (String name : TOPICS) {
                var topic = shard.topics.topic(name);
                for (int i = 0; topic != null && i < topic.partitions(); i++) {
                    Uuid id = topic.id();
                    all.add(id, i);
                }
            }
            return all.build();
        }
    }
}
