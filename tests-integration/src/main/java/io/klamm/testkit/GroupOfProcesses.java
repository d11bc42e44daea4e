/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Three members of one group in three processes, and a topic with six partitions that is written to all the time. */
public final class GroupOfProcesses implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int MEMBERS = 3;
    private static final int PARTITIONS = 6;
    private static final long WRITE_PAUSE_MS = 5;

    private final KlammCluster cluster;
    private final String group;
    private final List<MemberProcess> members = new ArrayList<>();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final Thread writer;

    private GroupOfProcesses(KlammCluster cluster, String topic, String group) {
        this.cluster = cluster;
        this.group = group;
        this.writer = new Thread(() -> write(topic), "writer of " + topic);
    }

    /**
     * Creates the topic and returns when each member reads two of its partitions.
     *
     * @param settings of the consumers
     */
    public static GroupOfProcesses start(
            KlammCluster cluster, String topic, String group, Map<String, String> settings) {
        cluster.createTopic(topic, PARTITIONS, MEMBERS, Map.of());
        GroupOfProcesses processes = new GroupOfProcesses(cluster, topic, group);
        try {
            processes.writer.start();
            for (int i = 0; i < MEMBERS; i++) {
                processes.members.add(new MemberProcess(
                        cluster.bootstrap(),
                        topic,
                        group,
                        settings,
                        cluster.directory().resolve("members.log")));
            }
            Await.until("each member owns two partitions", PATIENCE, () -> processes.members.stream()
                    .allMatch(member -> member.owned() == PARTITIONS / MEMBERS));
            awaitReading(processes.members, System.nanoTime());
            return processes;
        } catch (RuntimeException | Error e) {
            processes.close();
            throw e;
        }
    }

    private void write(String topic) {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap()),
                new StringSerializer(),
                new StringSerializer())) {
            for (int i = 0; !stop.get(); i++) {
                var unused = producer.send(new ProducerRecord<>(topic, i % PARTITIONS, "key", "value"));
                TimeUnit.MILLISECONDS.sleep(WRITE_PAUSE_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public List<MemberProcess> members() {
        return members;
    }

    /** Until these members together have read a record of each partition after then. */
    public static void awaitReading(List<MemberProcess> members, long afterNanos) {
        Await.until("all partitions are read", PATIENCE, () -> {
            Set<Integer> read = new TreeSet<>();
            members.forEach(member -> read.addAll(member.readAfter(afterNanos)));
            return read.size() == PARTITIONS;
        });
    }

    /** Until all partitions are read and each member has committed after then. */
    public void awaitGoingOn(long afterNanos) {
        awaitReading(members, afterNanos);
        Await.until("all members commit", PATIENCE, () -> members.stream()
                .allMatch(member -> member.hasCommittedAfter(afterNanos)));
    }

    /** Node id. */
    public int coordinator() throws Exception {
        try (Admin admin = cluster.admin()) {
            return Objects.requireNonNull(admin.describeConsumerGroups(List.of(group))
                            .describedGroups()
                            .get(group))
                    .get()
                    .coordinator()
                    .id();
        }
    }

    @Override
    public void close() {
        members.forEach(MemberProcess::close);
        stop.set(true);
        try {
            writer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
