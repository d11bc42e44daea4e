/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.ExitCode;
import io.klamm.tools.output.Output;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** A command that asks a cluster something with an admin client. */
@Command(mixinStandardHelpOptions = true)
abstract class ClientCommand implements Callable<Integer> {
    @Mixin
    final Connection connection = new Connection();

    @Mixin
    final Output output = new Output();

    abstract void run(Admin admin) throws Exception;

    @Override
    public final Integer call() throws Exception {
        try (Admin admin = connection.admin()) {
            run(admin);
        }
        return ExitCode.OK;
    }
}
