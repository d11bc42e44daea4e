/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Seeded schedules of a classic group: clients come, leave, fall silent and lose answers; coordinators move, and what no answer had told is
 * lost with the old one. After every step: no partition has two owners in one generation, commits of other
 * generations are refused, an acknowledged commit is never gone. When the changes end, everybody has its part.
 */
class GroupScheduleTest {
    private static final int SEEDS = Integer.getInteger("seeds", 200);
    private static final int STEPS = 400;
    private static final int PARTITIONS = 7;
    private static final String GROUP = "group";
    private static final String TOPIC = "topic";

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

    /** A consumer as clients are: it does what the answers tell it, one request at a time. */
    private static final class Client {
        String memberId = "";
        int generation = -1;
        List<Integer> owned = List.of();

        @Nullable
        CompletableFuture<JoinGroupResponseData> join;

        @Nullable
        JoinGroupResponseData joined;

        @Nullable
        CompletableFuture<SyncGroupResponseData> sync;

        void startOver(Errors error) {
            join = null;
            joined = null;
            sync = null;
            owned = List.of();
            if (error == Errors.UNKNOWN_MEMBER_ID || error == Errors.FENCED_INSTANCE_ID) {
                memberId = "";
            }
        }
    }

    private static final class Run {
        private final Random random;
        private final List<Client> clients = new ArrayList<>();
        /** By generation and partition. */
        private final Map<Integer, Map<Integer, String>> owners = new TreeMap<>();

        private final List<JoinGroupResponseData> joins = new ArrayList<>();
        private final Map<Integer, Long> acknowledged = new HashMap<>();
        private long nextOffset = 1;
        private VirtualShard shard = new VirtualShard();

        Run(long seed) {
            random = new Random(seed);
        }

        void play() {
            for (int i = 0; i < STEPS; i++) {
                step();
                check();
            }
            settle();
        }

        private void step() {
            switch (random.nextInt(12)) {
                case 0 -> {
                    if (clients.size() < 6) {
                        clients.add(new Client());
                    }
                }
                case 1 -> stop();
                case 2 -> moveCoordinator();
                case 3 -> loseAnswers();
                case 5 -> late();
                case 4 -> shard.holdReplies = random.nextInt(3) == 0;
                default -> {
                    pass(random.nextInt(2_000));
                    clients.forEach(this::act);
                }
            }
            if (!shard.holdReplies) {
                shard.releaseReplies();
            }
        }

        /** A request that was long on its way: it is of another generation by now, or of this one still. */
        private void late() {
            if (joins.isEmpty() || shard.holdReplies) {
                return;
            }
            JoinGroupResponseData join = joins.get(random.nextInt(joins.size()));
            ClassicGroup group = shard.classic(GROUP);
            int current = group.generation();
            boolean member = group.member(join.memberId()) != null;
            if (random.nextBoolean()) {
                Errors error = shard.commit(GROUP, join.memberId(), join.generationId(), "late", 0, nextOffset++);
                if (error == Errors.NONE) {
                    assertThat(join.generationId())
                            .as("generation of a late commit")
                            .isEqualTo(current);
                    assertThat(member).isTrue();
                }
            } else {
                CompletableFuture<SyncGroupResponseData> sync = shard.sync(GROUP, join, List.of());
                if (sync.isDone() && sync.join().errorCode() == Errors.NONE.code()) {
                    assertThat(join.generationId())
                            .as("generation of a late sync")
                            .isEqualTo(current);
                }
            }
        }

        private void pass(long ms) {
            shard.advance(ms);
        }

        private void stop() {
            if (clients.isEmpty()) {
                return;
            }
            Client client = clients.remove(random.nextInt(clients.size()));
            if (random.nextBoolean() && !client.memberId.isEmpty() && !shard.holdReplies) {
                shard.leave(new LeaveGroupRequestData()
                        .setGroupId(GROUP)
                        .setMembers(List.of(new MemberIdentity().setMemberId(client.memberId))));
            }
        }

        private void moveCoordinator() {
            int least = shard.committed();
            shard = shard.successor(least + random.nextInt(shard.log.size() - least + 1));
            clients.forEach(client -> client.startOver(Errors.NOT_COORDINATOR));
        }

        private void loseAnswers() {
            for (Client client : clients) {
                if (random.nextInt(3) == 0) {
                    client.startOver(Errors.REQUEST_TIMED_OUT);
                }
            }
        }

        /** What a client does next. */
        private void act(Client client) {
            if (client.join != null) {
                if (client.join.isDone()) {
                    joined(client, client.join.join());
                }
            } else if (client.sync != null) {
                if (client.sync.isDone()) {
                    synced(client, client.sync.join());
                }
            } else if (client.joined == null) {
                client.join = shard.join(VirtualShard.joining(GROUP, client.memberId, "range"));
            } else if (!shard.holdReplies) {
                live(client);
            }
        }

        private void joined(Client client, JoinGroupResponseData answer) {
            client.join = null;
            Errors error = Errors.forCode(answer.errorCode());
            if (error == Errors.MEMBER_ID_REQUIRED) {
                client.memberId = answer.memberId();
                return;
            }
            if (error != Errors.NONE) {
                client.startOver(error);
                return;
            }
            client.joined = answer;
            joins.add(answer);
            client.memberId = answer.memberId();
            client.generation = answer.generationId();
            List<SyncGroupRequestAssignment> parts = List.of();
            if (answer.leader().equals(answer.memberId())) {
                parts = assign(answer.members());
            }
            client.sync = shard.sync(GROUP, answer, parts);
        }

        /** Partition by partition to one member after the other. */
        private List<SyncGroupRequestAssignment> assign(List<JoinGroupResponseMember> members) {
            Map<String, List<Integer>> parts = new TreeMap<>();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                String member = members.get((partition + random.nextInt(3)) % members.size())
                        .memberId();
                parts.computeIfAbsent(member, unused -> new ArrayList<>()).add(partition);
            }
            List<SyncGroupRequestAssignment> assignments = new ArrayList<>();
            parts.forEach((member, partitions) -> {
                byte[] bytes = new byte[partitions.size()];
                IntStream.range(0, bytes.length)
                        .forEach(i -> bytes[i] = partitions.get(i).byteValue());
                assignments.add(
                        new SyncGroupRequestAssignment().setMemberId(member).setAssignment(bytes));
            });
            return assignments;
        }

        private void synced(Client client, SyncGroupResponseData answer) {
            client.sync = null;
            Errors error = Errors.forCode(answer.errorCode());
            if (error != Errors.NONE) {
                client.startOver(error);
                return;
            }
            List<Integer> owned = new ArrayList<>();
            for (byte partition : answer.assignment()) {
                owned.add((int) partition);
                String before = owners.computeIfAbsent(client.generation, unused -> new HashMap<>())
                        .put((int) partition, client.memberId);
                assertThat(before)
                        .as("owner of partition %d in generation %d", partition, client.generation)
                        .isIn(null, client.memberId);
            }
            client.owned = owned;
        }

        /** Heartbeats and commits of a member that knows its part. */
        private void live(Client client) {
            if (!client.owned.isEmpty() && random.nextBoolean()) {
                int partition = client.owned.get(random.nextInt(client.owned.size()));
                long offset = nextOffset++;
                int current = shard.classic(GROUP).generation();
                Errors error = shard.commit(GROUP, client.memberId, client.generation, TOPIC, partition, offset);
                if (error == Errors.NONE) {
                    assertThat(client.generation)
                            .as("generation of an accepted commit")
                            .isEqualTo(current);
                    acknowledged.put(partition, offset);
                } else {
                    client.startOver(error);
                }
                return;
            }
            Errors error = shard.heartbeat(GROUP, client.memberId, client.generation);
            if (error != Errors.NONE) {
                client.startOver(error);
            }
        }

        private void check() {
            if (!shard.holdReplies) {
                acknowledged.forEach((partition, offset) -> assertThat(shard.committed(GROUP, TOPIC, partition))
                        .as("acknowledged offset of partition %d", partition)
                        .isEqualTo(offset));
            }
        }

        /** No more changes: all come to the same generation, and every partition has an owner. */
        private void settle() {
            shard.releaseReplies();
            if (clients.isEmpty()) {
                clients.add(new Client());
            }
            for (int i = 0; i < 1_000; i++) {
                pass(500);
                clients.forEach(this::act);
            }
            assertThat(clients).extracting(client -> client.generation).containsOnly(clients.get(0).generation);
            TreeSet<Integer> all = new TreeSet<>();
            clients.forEach(client -> all.addAll(client.owned));
            assertThat(all).hasSize(PARTITIONS);
            assertThat(shard.classic(GROUP).is(ClassicGroup.State.STABLE)).isTrue();
            VirtualShard next = shard.successor();
            assertThat(stored(next)).usingRecursiveComparison().isEqualTo(stored(shard));
            check();
        }

        private static StoredGroup stored(VirtualShard shard) {
            ClassicGroup group = shard.classic(GROUP);
            return group.stored(member -> member.assignment, group.stateTimestampMs());
        }
    }
}
