/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.node;

import io.klamm.tools.CommandException;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/** Reads the properties file that a node starts with. */
final class PropertiesFile {
    private PropertiesFile() {}

    /** @throws CommandException when there is no such file or it cannot be read */
    static Properties read(Path file) {
        if (!Files.exists(file)) {
            throw new CommandException("there is no file " + file);
        }
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new CommandException("cannot read " + file + ": " + e.getMessage());
        }
        return properties;
    }
}
