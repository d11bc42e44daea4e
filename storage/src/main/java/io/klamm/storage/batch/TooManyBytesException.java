/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

import java.io.IOException;

/** More bytes came out of a codec than are wanted. */
final class TooManyBytesException extends IOException {
    private static final long serialVersionUID = 1;

    TooManyBytesException(long maxBytes) {
        super("more than " + maxBytes + " bytes");
    }
}
