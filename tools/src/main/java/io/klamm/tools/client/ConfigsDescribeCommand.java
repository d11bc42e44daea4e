/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import static java.util.Objects.requireNonNull;

import io.klamm.tools.CommandException;
import io.klamm.tools.output.Table;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm configs describe}. */
@Command(
        name = "describe",
        description = "Show the settings of a topic, a group or a broker, and where each value comes from.")
final class ConfigsDescribeCommand extends ClientCommand {
    @Parameters(index = "0", paramLabel = "topic|group|broker", description = "What to describe.")
    private ConfiguredThing kind;

    @Parameters(
            index = "1",
            paramLabel = "NAME",
            description = "Name of the topic or group, id of the broker, or \"all\" for what is set for all brokers.")
    private String name;

    @Option(names = "--changed", description = "Show only what is not a default.")
    private boolean changed;

    /** A setting, for {@code --json}. */
    record Entry(String name, @Nullable String value, String source, boolean sensitive, boolean readOnly) {}

    @Override
    void run(Admin admin) throws Exception {
        ConfigResource resource = kind.resource(name);
        if (kind == ConfiguredThing.broker && !kind.isAllBrokers(name)) {
            ServingBrokers.check(admin, connection, name);
        }
        Config config = config(admin, resource);
        List<Entry> entries = config.entries().stream()
                .filter(entry -> !changed || !entry.isDefault())
                .sorted(Comparator.comparing(ConfigEntry::name))
                .map(entry ->
                        new Entry(entry.name(), entry.value(), source(entry), entry.isSensitive(), entry.isReadOnly()))
                .toList();
        Table table = new Table("NAME", "VALUE", "FROM");
        for (Entry entry : entries) {
            String value = entry.sensitive() ? "(hidden)" : entry.value() == null ? "-" : entry.value();
            table.row(entry.name(), value, entry.source());
        }
        output.print(entries, table.isEmpty() ? "Everything is at its default." : table);
    }

    private Config config(Admin admin, ConfigResource resource) throws Exception {
        try {
            return requireNonNull(connection
                    .await(admin.describeConfigs(
                                    List.of(resource), new DescribeConfigsOptions().timeoutMs(connection.timeoutMs()))
                            .all())
                    .get(resource));
        } catch (UnknownTopicOrPartitionException e) {
            throw new CommandException("there is no topic " + name);
        }
    }

    private static String source(ConfigEntry entry) {
        return switch (entry.source()) {
            case DYNAMIC_TOPIC_CONFIG -> "topic";
            case DYNAMIC_GROUP_CONFIG -> "group";
            case DYNAMIC_BROKER_CONFIG -> "broker";
            case DYNAMIC_DEFAULT_BROKER_CONFIG -> "all brokers";
            case STATIC_BROKER_CONFIG -> "file";
            case DEFAULT_CONFIG -> "default";
            default -> entry.source().name().toLowerCase(Locale.ROOT);
        };
    }
}
