/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.index;

/** A look-up has come upon an entry that is not what was written. The index can be built anew from its segment. */
public final class DamagedIndexException extends Exception {
    private static final long serialVersionUID = 1L;

    DamagedIndexException(String message) {
        super(message);
    }
}
