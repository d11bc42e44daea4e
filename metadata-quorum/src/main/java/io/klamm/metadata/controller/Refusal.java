/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import org.apache.kafka.common.protocol.Errors;

/** Why something that was asked for is not done; inside of a decision, which answers with it. */
final class Refusal extends Exception {
    final transient Errors error;

    Refusal(Errors error, String message) {
        super(message, null, false, false);
        this.error = error;
    }
}
