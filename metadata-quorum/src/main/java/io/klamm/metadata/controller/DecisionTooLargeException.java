/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

/** One atomic decision is larger than the metadata log takes; the request must be split by whoever made it. */
public final class DecisionTooLargeException extends RuntimeException {
    public DecisionTooLargeException(String message) {
        super(message);
    }
}
