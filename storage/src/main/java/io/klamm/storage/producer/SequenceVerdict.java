/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.producer;

import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * May a batch of an idempotent producer be appended?
 *
 * @param error NONE, or the answer to the client
 * @param reason why not, empty with NONE
 * @param duplicate the batch that was appended before with the same sequences: nothing is to be written
 */
public record SequenceVerdict(
        Errors error, String reason, @Nullable SequencedBatch duplicate) {
    static final SequenceVerdict ACCEPTED = new SequenceVerdict(Errors.NONE, "", null);

    static SequenceVerdict rejected(Errors error, String reason) {
        return new SequenceVerdict(error, reason, null);
    }

    static SequenceVerdict duplicateOf(SequencedBatch batch) {
        return new SequenceVerdict(Errors.NONE, "", batch);
    }
}
