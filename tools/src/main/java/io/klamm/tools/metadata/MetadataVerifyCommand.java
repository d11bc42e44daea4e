/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.metadata;

import io.klamm.metadata.quorum.DigestCheck;
import io.klamm.tools.CommandException;
import io.klamm.tools.ExitCode;
import io.klamm.tools.output.Output;
import io.klamm.tools.output.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code klamm metadata verify}. */
@Command(
        name = "verify",
        description = {
            "Build the metadata from a voter's directory, and compare it with the digests that the active controllers"
                    + " recorded.",
            "The voter may be running. Exits with 1 when a digest is another one."
        },
        mixinStandardHelpOptions = true)
final class MetadataVerifyCommand implements Callable<Integer> {
    @Mixin
    private final Output output = new Output();

    @Option(
            names = "--dir",
            required = true,
            paramLabel = "DIR",
            description = "A voter's metadata.log.dir (or log.dirs).")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path directory;

    /** @param computed null when the directory does not hold that image any more */
    record DigestView(
            long endOffset, String recorded, @Nullable String computed, String result) {}

    /**
     * What {@code --json} prints; digests in hexadecimal.
     *
     * @param digest of all the metadata in the directory, to compare two of them that end at the same offset
     */
    record VerifyView(long endOffset, String digest, List<DigestView> digests) {}

    @Override
    public Integer call() {
        DigestCheck.Result result;
        try {
            result = DigestCheck.check(directory);
        } catch (IOException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
        VerifyView view = new VerifyView(
                result.endOffset(),
                hex(result.digest()),
                result.digests().stream().map(MetadataVerifyCommand::view).toList());
        output.print(view, text(view));
        for (DigestCheck.Compared one : result.digests()) {
            if (one.differs()) {
                throw new CommandException("the metadata in " + directory
                        + " is not that of the active controller at offset " + one.endOffset());
            }
        }
        return ExitCode.OK;
    }

    private static DigestView view(DigestCheck.Compared one) {
        Long computed = one.computed();
        return new DigestView(
                one.endOffset(),
                hex(one.recorded()),
                computed == null ? null : hex(computed),
                computed == null ? "before the snapshot" : one.differs() ? "differs" : "equal");
    }

    private static String text(VerifyView view) {
        String head = "metadata up to " + view.endOffset() + ", digest " + view.digest() + "\n\n";
        if (view.digests().isEmpty()) {
            return head + "No digest has been recorded yet.\n";
        }
        Table table = new Table("END OFFSET", "RECORDED", "HERE", "RESULT");
        for (DigestView one : view.digests()) {
            table.row(one.endOffset(), one.recorded(), one.computed() == null ? "-" : one.computed(), one.result());
        }
        return head + table;
    }

    private static String hex(long digest) {
        return String.format("%016x", digest);
    }
}
