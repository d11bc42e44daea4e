/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import io.klamm.tools.output.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ElectLeadersOptions;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm cluster elect-leaders}. */
@Command(
        name = "elect-leaders",
        description =
                "Move leadership to the first replica of each partition, where that one is in sync. A cluster does so"
                        + " by itself from time to time (auto.leader.rebalance.enable).")
final class ClusterElectLeadersCommand extends ClientCommand {
    private static final int MAX_AT_ONCE = 200;

    /** The node that is asked may hear of an election a moment later than who asked for it. */
    private static final long NEWS_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    @Parameters(paramLabel = "TOPIC", arity = "0..*", description = "Topics. Default: all.")
    private List<String> names = List.of();

    @Option(
            names = "--unclean",
            description =
                    "Instead, give partitions without a leader the longest log that is there. Acknowledged records"
                            + " that only the missing replicas have are lost for good. Topics must be named.")
    private boolean unclean;

    /** What became of a partition. */
    record Elected(
            String topic,
            int partition,
            boolean elected,
            int leader,
            @Nullable String problem) {}

    @Override
    void run(Admin admin) throws Exception {
        if (unclean && names.isEmpty()) {
            throw new CommandException("an unclean election loses records: name the topics that it is for");
        }
        List<TopicView> topics = topics(admin);
        List<TopicPartition> due = new ArrayList<>();
        for (TopicView topic : topics) {
            for (PartitionView partition : topic.partitions()) {
                if (unclean ? partition.isOffline() : !isLedByPreferred(partition)) {
                    due.add(new TopicPartition(topic.topic(), partition.partition()));
                }
            }
        }
        List<Elected> elected = new ArrayList<>();
        for (int from = 0; from < due.size(); from += MAX_AT_ONCE) {
            Set<TopicPartition> some = new LinkedHashSet<>(due.subList(from, Math.min(due.size(), from + MAX_AT_ONCE)));
            elect(admin, some, elected);
            if (due.size() > MAX_AT_ONCE) {
                output.progress().println(elected.size() + " of " + due.size() + " partitions");
                output.progress().flush();
            }
        }
        print(withLeaders(admin, elected));
        if (elected.stream().anyMatch(one -> one.problem() != null)) {
            throw new CommandException(
                    elected.stream().filter(one -> one.problem() != null).count() + " of "
                            + Words.count(elected.size(), "partition") + " got no other leader");
        }
    }

    private List<TopicView> topics(Admin admin) throws Exception {
        return names.isEmpty()
                ? TopicViews.existing(
                        admin,
                        connection,
                        new TreeSet<>(connection.await(admin.listTopics(new ListTopicsOptions().listInternal(true))
                                .names())))
                : TopicViews.named(admin, connection, new TreeSet<>(names));
    }

    private static boolean isLedByPreferred(PartitionView partition) {
        return partition.replicas().isEmpty()
                || partition.leader() == partition.replicas().get(0);
    }

    private void elect(Admin admin, Set<TopicPartition> some, List<Elected> elected) throws Exception {
        Map<TopicPartition, Optional<Throwable>> results = connection.await(admin.electLeaders(
                        unclean ? ElectionType.UNCLEAN : ElectionType.PREFERRED,
                        some,
                        new ElectLeadersOptions().timeoutMs(connection.timeoutMs()))
                .partitions());
        results.entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<TopicPartition, Optional<Throwable>> entry) ->
                                entry.getKey().topic())
                        .thenComparing(entry -> entry.getKey().partition()))
                .forEach(entry -> {
                    Throwable failure = entry.getValue().orElse(null);
                    boolean done = failure == null || failure instanceof ElectionNotNeededException;
                    elected.add(new Elected(
                            entry.getKey().topic(),
                            entry.getKey().partition(),
                            failure == null,
                            -1,
                            done ? null : String.valueOf(failure.getMessage())));
                });
    }

    /** Asks until the answer knows of the elections, or a leader that was elected is gone again. */
    private List<Elected> withLeaders(Admin admin, List<Elected> elected) throws Exception {
        Set<String> topics = new TreeSet<>();
        elected.forEach(one -> topics.add(one.topic()));
        Set<TopicPartition> awaited = new HashSet<>();
        elected.stream()
                .filter(Elected::elected)
                .forEach(one -> awaited.add(new TopicPartition(one.topic(), one.partition())));
        Map<TopicPartition, Integer> leaders = new HashMap<>();
        long startNanos = System.nanoTime();
        boolean known;
        do {
            known = true;
            for (TopicView topic : TopicViews.existing(admin, connection, topics)) {
                for (PartitionView partition : topic.partitions()) {
                    TopicPartition id = new TopicPartition(topic.topic(), partition.partition());
                    leaders.put(id, partition.leader());
                    boolean shown = unclean ? !partition.isOffline() : isLedByPreferred(partition);
                    known &= shown || !awaited.contains(id);
                }
            }
            if (!known) {
                LockSupport.parkNanos(LOOK_NANOS);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        } while (!known && System.nanoTime() - startNanos < NEWS_NANOS);
        return elected.stream()
                .map(one -> new Elected(
                        one.topic(),
                        one.partition(),
                        one.elected(),
                        leaders.getOrDefault(new TopicPartition(one.topic(), one.partition()), -1),
                        one.problem()))
                .toList();
    }

    private void print(List<Elected> elected) {
        Table table = new Table("TOPIC", "PARTITION", "LEADER", "RESULT");
        for (Elected one : elected) {
            table.row(
                    one.topic(),
                    one.partition(),
                    one.leader() < 0 ? "-" : one.leader(),
                    one.problem() != null ? one.problem() : one.elected() ? "elected" : "not needed");
        }
        output.print(
                elected,
                !table.isEmpty()
                        ? table
                        : unclean ? "Every partition has a leader." : "Every partition is led by its first replica.");
    }
}
