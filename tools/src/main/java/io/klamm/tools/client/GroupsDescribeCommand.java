/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.output.Table;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm groups describe}. */
@Command(name = "describe", description = "Show how far groups have read, and who is in them.")
final class GroupsDescribeCommand extends ClientCommand {
    @Parameters(paramLabel = "GROUP", arity = "1..*", description = "Groups to show.")
    private List<String> groups;

    @Option(names = "--members", description = "Show the members instead of the partitions.")
    private boolean members;

    @Mixin
    private final Watch watch = new Watch();

    @Override
    void run(Admin admin) throws Exception {
        watch.show(output, () -> look(admin));
    }

    private Watch.Seen look(Admin admin) throws Exception {
        List<GroupView> views = new ArrayList<>();
        for (String group : groups) {
            views.add(GroupViews.of(admin, connection, group));
        }
        StringBuilder text = new StringBuilder();
        for (GroupView view : views) {
            text.append(text.isEmpty() ? "" : "\n").append(text(view));
        }
        return new Watch.Seen(views, text);
    }

    private String text(GroupView view) {
        String head = view.group() + ": " + view.state() + ", "
                + Words.count(view.members().size(), "member") + ", total lag " + view.totalLag()
                + ", coordinator node " + view.coordinator() + "\n";
        Table table = members ? membersTable(view) : partitionsTable(view);
        return table.isEmpty() ? head : head + "\n" + table;
    }

    private static Table partitionsTable(GroupView view) {
        Table table = new Table("TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "CLIENT", "HOST", "MEMBER");
        for (GroupView.Partition row : view.partitions()) {
            table.row(
                    row.topic(),
                    row.partition(),
                    orDash(row.committed()),
                    orDash(row.end()),
                    orDash(row.lag()),
                    orDash(row.clientId()),
                    orDash(row.host()),
                    orDash(row.memberId()));
        }
        return table;
    }

    private static Table membersTable(GroupView view) {
        Table table = new Table("MEMBER", "INSTANCE", "CLIENT", "HOST", "PARTITIONS");
        for (GroupView.Member row : view.members()) {
            table.row(row.memberId(), orDash(row.instanceId()), row.clientId(), row.host(), row.partitions());
        }
        return table;
    }

    private static Object orDash(@Nullable Object value) {
        return value == null ? "-" : value;
    }
}
