/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

/** A record of {@code __consumer_offsets} cannot be read, or cannot be written as it is. */
final class GroupRecordException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    GroupRecordException(String message) {
        super(message);
    }
}
