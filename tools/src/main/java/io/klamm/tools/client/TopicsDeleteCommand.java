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
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DeleteTopicsOptions;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code klamm topics delete}. */
@Command(name = "delete", description = "Delete topics with all of their records. Each is deleted or not by itself.")
final class TopicsDeleteCommand extends ClientCommand {
    @Parameters(paramLabel = "TOPIC", arity = "1..*", description = "Topics to delete.")
    private List<String> topics;

    /**
     * What {@code --json} prints of each topic.
     *
     * @param error why it was not deleted, or null
     */
    record Deleted(String topic, boolean deleted, @Nullable String error) {}

    @Override
    void run(Admin admin) throws Exception {
        Map<String, KafkaFuture<Void>> answers = admin.deleteTopics(
                        new LinkedHashSet<>(topics), new DeleteTopicsOptions().timeoutMs(connection.timeoutMs()))
                .topicNameValues();
        List<Deleted> results = new ArrayList<>();
        for (String topic : new LinkedHashSet<>(topics)) {
            results.add(result(topic, requireNonNull(answers.get(topic))));
        }
        long failed = results.stream().filter(result -> !result.deleted()).count();
        Table table = new Table("TOPIC", "RESULT");
        results.forEach(result -> table.row(result.topic(), result.error() == null ? "deleted" : result.error()));
        output.print(results, failed == 0 ? "Deleted " + String.join(", ", topics) + "." : table);
        if (failed > 0) {
            throw new CommandException(failed + " of " + Words.count(results.size(), "topic")
                    + (failed == 1 ? " was" : " were") + " not deleted");
        }
    }

    private Deleted result(String topic, KafkaFuture<Void> answer) throws InterruptedException {
        try {
            connection.await(answer);
            return new Deleted(topic, true, null);
        } catch (InterruptedException e) {
            throw e;
        } catch (UnknownTopicOrPartitionException e) {
            return new Deleted(topic, false, "there is no such topic");
        } catch (Exception e) {
            return new Deleted(topic, false, e instanceof CommandException ? e.getMessage() : Reasons.of(e));
        }
    }
}
