/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

/** Bytes that should be facts are damaged, or were written by a newer program. The message says which and what to do. */
public final class FactFormatException extends RuntimeException {
    public FactFormatException(String message) {
        super(message);
    }

    public FactFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
