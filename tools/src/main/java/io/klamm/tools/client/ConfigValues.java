/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What the protocol can carry of a setting. The Java client does not tell when something is longer: it never answers. */
final class ConfigValues {
    private static final int MAX_BYTES = Short.MAX_VALUE;

    private ConfigValues() {}

    /** @throws CommandException when the key or its value is too long to be sent */
    static void check(String key, @Nullable String value) {
        int ofKey = bytes(key);
        if (ofKey > MAX_BYTES) {
            throw new CommandException("a key is " + ofKey + " bytes long; the most is " + MAX_BYTES);
        }
        int ofValue = value == null ? 0 : bytes(value);
        if (ofValue > MAX_BYTES) {
            throw new CommandException(
                    "the value of " + key + " is " + ofValue + " bytes long; the most is " + MAX_BYTES);
        }
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
