/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import io.klamm.tools.output.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm configs alter}. */
@Command(
        name = "alter",
        description =
                "Change settings of a topic, a group, a broker or all brokers while the cluster runs: all of the changes or"
                        + " none.")
final class ConfigsAlterCommand extends ClientCommand {
    @Parameters(index = "0", paramLabel = "topic|group|broker", description = "What to change.")
    private ConfiguredThing kind;

    @Parameters(
            index = "1",
            paramLabel = "NAME",
            description = "Name of the topic or group, id of the broker, or \"all\" for all brokers.")
    private String name;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Set a value. May be repeated.")
    private Map<String, String> set = Map.of();

    @Option(names = "--delete", paramLabel = "KEY", description = "Go back to the default. May be repeated.")
    private List<String> delete = List.of();

    @Option(names = "--append", paramLabel = "KEY=VALUE", description = "Add an element to a list. May be repeated.")
    private Map<String, String> append = Map.of();

    @Option(
            names = "--subtract",
            paramLabel = "KEY=VALUE",
            description = "Take an element out of a list. May be repeated.")
    private Map<String, String> subtract = Map.of();

    @Option(names = "--dry-run", description = "Only check whether it could be done.")
    private boolean dryRun;

    /** A change, for {@code --json}. */
    record Change(String name, String operation, @Nullable String value) {}

    /** What {@code --json} prints. */
    record Altered(String kind, String name, boolean altered, List<Change> changes) {}

    @Override
    void run(Admin admin) throws Exception {
        List<AlterConfigOp> operations = operations();
        ConfigResource resource = kind.resource(name);
        if (kind == ConfiguredThing.broker && !kind.isAllBrokers(name)) {
            ServingBrokers.check(admin, connection, name);
        }
        try {
            connection.await(admin.incrementalAlterConfigs(
                            Map.of(resource, operations),
                            new AlterConfigsOptions()
                                    .timeoutMs(connection.timeoutMs())
                                    .validateOnly(dryRun))
                    .all());
        } catch (UnknownTopicOrPartitionException e) {
            throw new CommandException("there is no topic " + name);
        } catch (InvalidConfigurationException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
        List<Change> changes = operations.stream()
                .map(operation -> new Change(
                        operation.configEntry().name(),
                        operation.opType().name().toLowerCase(Locale.ROOT),
                        operation.configEntry().value()))
                .toList();
        Table table = new Table("NAME", "CHANGE", "VALUE");
        changes.forEach(
                change -> table.row(change.name(), change.operation(), change.value() == null ? "-" : change.value()));
        output.print(
                new Altered(kind.name(), name, !dryRun, changes),
                (dryRun ? "Would change " : "Changed ") + kind.inWords(name) + ":\n" + table);
    }

    private List<AlterConfigOp> operations() {
        List<AlterConfigOp> operations = new ArrayList<>();
        set.forEach((key, value) -> operations.add(operation(key, value, OpType.SET)));
        delete.forEach(key -> operations.add(operation(key, null, OpType.DELETE)));
        append.forEach((key, value) -> operations.add(operation(key, value, OpType.APPEND)));
        subtract.forEach((key, value) -> operations.add(operation(key, value, OpType.SUBTRACT)));
        if (operations.isEmpty()) {
            throw new CommandException(
                    "nothing to change: name a setting with --set, --delete, --append or --subtract");
        }
        return operations;
    }

    private static AlterConfigOp operation(String key, @Nullable String value, OpType type) {
        ConfigValues.check(key, value);
        return new AlterConfigOp(new ConfigEntry(key, value), type);
    }
}
