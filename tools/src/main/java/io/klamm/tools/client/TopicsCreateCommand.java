/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.TopicExistsException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm topics create}. */
@Command(name = "create", description = "Create a topic.")
final class TopicsCreateCommand extends ClientCommand {
    @Parameters(paramLabel = "TOPIC", description = "Name of the topic.")
    private String topic;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            description = "Number of partitions. Default: the cluster's num.partitions.")
    private @Nullable Integer partitions;

    @Option(
            names = {"--replication-factor", "--replicas"},
            paramLabel = "N",
            description = "Number of replicas. Default: the cluster's default.replication.factor.")
    private @Nullable Short replicationFactor;

    @Option(
            names = "--config",
            paramLabel = "KEY=VALUE",
            description = "A setting of the topic, for example retention.ms=3600000. May be repeated.")
    private Map<String, String> configs = new LinkedHashMap<>();

    @Option(names = "--if-not-exists", description = "Do nothing when the topic exists.")
    private boolean ifNotExists;

    /** What {@code --json} prints. */
    record Created(String topic, boolean created, int partitions, int replicationFactor) {}

    @Override
    void run(Admin admin) throws Exception {
        configs.forEach(ConfigValues::check);
        NewTopic wanted = new NewTopic(topic, Optional.ofNullable(partitions), Optional.ofNullable(replicationFactor));
        CreateTopicsResult result = admin.createTopics(
                List.of(wanted.configs(configs)), new CreateTopicsOptions().timeoutMs(connection.timeoutMs()));
        try {
            connection.await(result.all());
        } catch (TopicExistsException e) {
            if (!ifNotExists) {
                throw new CommandException(
                        "there is a topic " + topic + " already (--if-not-exists is content with it)");
            }
            TopicView existing =
                    TopicViews.named(admin, connection, List.of(topic)).get(0);
            int count = existing.partitions().size();
            output.print(
                    new Created(topic, false, count, existing.replicationFactor()),
                    "Topic " + topic + " exists already, with " + Words.count(count, "partition") + " and "
                            + Words.count(existing.replicationFactor(), "replica") + (count == 1 ? "." : " each."));
            return;
        }
        int count = connection.await(result.numPartitions(topic));
        int replicas = connection.await(result.replicationFactor(topic));
        output.print(
                new Created(topic, true, count, replicas),
                "Created topic " + topic + " with " + Words.count(count, "partition") + " and "
                        + Words.count(replicas, "replica") + (count == 1 ? "." : " each."));
    }
}
