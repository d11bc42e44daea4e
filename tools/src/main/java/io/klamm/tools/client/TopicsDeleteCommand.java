/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DeleteTopicsOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code klamm topics delete}. */
@Command(name = "delete", description = "Delete topics with all of their records.")
final class TopicsDeleteCommand extends ClientCommand {
    @Parameters(paramLabel = "TOPIC", arity = "1..*", description = "Topics to delete.")
    private List<String> topics;

    /** What {@code --json} prints. */
    record Deleted(List<String> deleted) {}

    @Override
    void run(Admin admin) throws Exception {
        connection.await(admin.deleteTopics(topics, new DeleteTopicsOptions().timeoutMs(connection.timeoutMs()))
                .all());
        output.print(new Deleted(topics), "Deleted " + String.join(", ", topics) + ".");
    }
}
