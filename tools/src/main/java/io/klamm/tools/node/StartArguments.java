/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.node;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of {@code klamm start} as scripts write them: a file, overrides, nothing else. A node that understands them by itself
 * is spared the command-line library, whose classes cannot be kept in a class data archive and cost a fifth of a node's start.
 * Whatever is not as plain as this goes to the library, which knows how to explain it.
 *
 * @param overrides in the order given
 */
record StartArguments(Path config, Map<String, String> overrides, boolean stopAtEof) {
    /** The arguments, with "start" first; null when they are not plain. */
    static @Nullable StartArguments plain(String... arguments) {
        if (arguments.length < 2 || !arguments[0].equals("start")) {
            return null;
        }
        String config = null;
        boolean stopAtEof = false;
        Map<String, String> overrides = new LinkedHashMap<>();
        for (int i = 1; i < arguments.length; i++) {
            String argument = arguments[i];
            if (argument.equals("--stop-at-eof") && !stopAtEof) {
                stopAtEof = true;
            } else if (argument.equals("--override") && i + 1 < arguments.length) {
                String property = arguments[++i];
                int equals = property.indexOf('=');
                if (equals <= 0 || property.startsWith("-") || property.indexOf('"') >= 0) {
                    return null;
                }
                overrides.put(property.substring(0, equals), property.substring(equals + 1));
            } else if (config == null && !argument.isEmpty() && "-@".indexOf(argument.charAt(0)) < 0) {
                config = argument;
            } else {
                return null;
            }
        }
        return config == null ? null : new StartArguments(Path.of(config), overrides, stopAtEof);
    }
}
