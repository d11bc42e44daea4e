/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import io.klamm.tools.output.Table;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code klamm groups list}. */
@Command(name = "list", description = "List the consumer groups with their lag.")
final class GroupsListCommand extends ClientCommand {
    @Option(
            names = "--state",
            paramLabel = "STATE,...",
            split = ",",
            description =
                    "Only groups in these states: stable, empty, preparing-rebalance, completing-rebalance, dead.")
    private List<String> states = List.of();

    @Option(
            names = "--type",
            paramLabel = "TYPE,...",
            split = ",",
            description = "Only groups of these protocols: classic, consumer.")
    private List<String> types = List.of();

    @Mixin
    private final Watch watch = new Watch();

    /**
     * What {@code --json} prints of each group.
     *
     * @param lag records behind the committed offsets, over all partitions with one
     */
    record Listed(String group, String state, String type, String protocol, int members, long lag) {}

    @Override
    void run(Admin admin) throws Exception {
        ListGroupsOptions options = new ListGroupsOptions();
        if (!states.isEmpty()) {
            options.inGroupStates(states.stream().map(GroupsListCommand::state).collect(Collectors.toSet()));
        }
        if (!types.isEmpty()) {
            options.withTypes(types.stream().map(GroupsListCommand::type).collect(Collectors.toSet()));
        }
        watch.show(output, () -> look(admin, options));
    }

    private Watch.Seen look(Admin admin, ListGroupsOptions options) throws Exception {
        Collection<GroupListing> listings =
                connection.await(admin.listGroups(options).all());
        Set<String> ids = new TreeSet<>();
        listings.forEach(listing -> ids.add(listing.groupId()));
        List<Listed> groups = new ArrayList<>();
        for (GroupView view : GroupViews.of(admin, connection, ids)) {
            groups.add(new Listed(
                    view.group(),
                    view.state(),
                    view.type(),
                    view.protocol(),
                    view.members().size(),
                    view.totalLag()));
        }
        groups.sort(Comparator.comparing(Listed::group));
        Table table = new Table("GROUP", "STATE", "TYPE", "ASSIGNOR", "MEMBERS", "LAG");
        groups.forEach(group -> table.row(
                group.group(),
                group.state(),
                group.type(),
                group.protocol().isEmpty() ? "-" : group.protocol(),
                group.members(),
                group.lag()));
        return new Watch.Seen(groups, table.isEmpty() ? "No groups." : table);
    }

    private static GroupState state(String name) {
        String letters = name.replace("-", "").toLowerCase(Locale.ROOT);
        for (GroupState state : GroupState.values()) {
            if (state.toString().toLowerCase(Locale.ROOT).equals(letters)) {
                return state;
            }
        }
        throw new CommandException("--state " + name + ": there is no such state");
    }

    private static GroupType type(String name) {
        GroupType type = GroupType.parse(name);
        if (type != GroupType.CLASSIC && type != GroupType.CONSUMER) {
            throw new CommandException("--type " + name + ": there is no such type");
        }
        return type;
    }
}
