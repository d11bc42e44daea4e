/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * How an append ended.
 *
 * @param error NONE or the protocol's error
 * @param message for people, null without error
 * @param baseOffset offset of the first record, -1 on error
 * @param logAppendTimeMs stamped time, -1 with CreateTime
 * @param logStartOffset log start of the leader, -1 when not known
 */
public record AppendOutcome(
        Errors error, @Nullable String message, long baseOffset, long logAppendTimeMs, long logStartOffset) {
    public static AppendOutcome failed(Errors error, @Nullable String message) {
        return new AppendOutcome(error, message, -1, -1, -1);
    }
}
