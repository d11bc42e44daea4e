/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.metadata;

import io.klamm.tools.CommandGroup;
import picocli.CommandLine.Command;

/** {@code klamm metadata}. */
@Command(
        name = "metadata",
        description = "Read the metadata log: what happened in the cluster, and why.",
        mixinStandardHelpOptions = true,
        subcommands = {MetadataDumpCommand.class, MetadataVerifyCommand.class})
public final class MetadataCommand extends CommandGroup {}
