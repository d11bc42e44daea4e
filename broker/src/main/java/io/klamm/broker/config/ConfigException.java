/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

/** A configuration that cannot be served. The message is one line: what is wrong and what to write instead. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ConfigException(String message) {
        super(message);
    }
}
