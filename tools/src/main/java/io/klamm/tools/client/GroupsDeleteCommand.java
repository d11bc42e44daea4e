/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import static java.util.Objects.requireNonNull;

import io.klamm.tools.CommandException;
import io.klamm.tools.output.Reasons;
import io.klamm.tools.output.Table;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code klamm groups delete}. */
@Command(
        name = "delete",
        description =
                "Delete groups without members, with all that they have committed. Each is deleted or not by itself.")
final class GroupsDeleteCommand extends ClientCommand {
    @Parameters(paramLabel = "GROUP", arity = "1..*", description = "Groups to delete.")
    private List<String> groups;

    /**
     * What {@code --json} prints of each group.
     *
     * @param error why it was not deleted, or null
     */
    record Deleted(String group, boolean deleted, @Nullable String error) {}

    @Override
    void run(Admin admin) throws Exception {
        Set<String> ids = new LinkedHashSet<>(groups);
        Map<String, KafkaFuture<Void>> answers = admin.deleteConsumerGroups(ids).deletedGroups();
        List<Deleted> results = new ArrayList<>();
        for (String group : ids) {
            results.add(result(group, requireNonNull(answers.get(group))));
        }
        long failed = results.stream().filter(result -> !result.deleted()).count();
        Table table = new Table("GROUP", "RESULT");
        results.forEach(result -> table.row(result.group(), result.error() == null ? "deleted" : result.error()));
        output.print(results, failed == 0 ? "Deleted " + String.join(", ", ids) + "." : table);
        if (failed > 0) {
            throw new CommandException(failed + " of " + Words.count(results.size(), "group")
                    + (failed == 1 ? " was" : " were") + " not deleted");
        }
    }

    private Deleted result(String group, KafkaFuture<Void> answer) throws InterruptedException {
        try {
            connection.await(answer);
            return new Deleted(group, true, null);
        } catch (InterruptedException e) {
            throw e;
        } catch (GroupIdNotFoundException e) {
            return new Deleted(group, false, "there is no such group");
        } catch (GroupNotEmptyException e) {
            return new Deleted(group, false, "it has members: stop them first");
        } catch (Exception e) {
            return new Deleted(group, false, e instanceof CommandException ? e.getMessage() : Reasons.of(e));
        }
    }
}
