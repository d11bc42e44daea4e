/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreatePartitionsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm topics alter}. */
@Command(
        name = "alter",
        description = "Give a topic more partitions. Records that are there stay where they are; keys may map to other"
                + " partitions from now on. Settings are changed with klamm configs alter.")
final class TopicsAlterCommand extends ClientCommand {
    @Parameters(paramLabel = "TOPIC", description = "Name of the topic.")
    private String topic;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            required = true,
            description = "Number of partitions that the topic is to have; more than now.")
    private int partitions;

    @Option(names = "--dry-run", description = "Only check whether it could be done.")
    private boolean dryRun;

    /** What {@code --json} prints. */
    record Altered(String topic, boolean altered, int before, int partitions) {}

    @Override
    void run(Admin admin) throws Exception {
        int before = TopicViews.named(admin, connection, List.of(topic))
                .get(0)
                .partitions()
                .size();
        try {
            connection.await(admin.createPartitions(
                            Map.of(topic, NewPartitions.increaseTo(partitions)),
                            new CreatePartitionsOptions()
                                    .timeoutMs(connection.timeoutMs())
                                    .validateOnly(dryRun))
                    .all());
        } catch (UnknownTopicOrPartitionException e) {
            throw new CommandException("there is no topic " + topic);
        } catch (InvalidPartitionsException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
        output.print(
                new Altered(topic, !dryRun, before, partitions),
                "Topic " + topic + (dryRun ? " would have " : " has ") + Words.count(partitions, "partition")
                        + (dryRun ? " instead of " : " now, before ") + before + ".");
    }
}
