/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.metadata.image.DigestStanding;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.jspecify.annotations.Nullable;

/**
 * How a node's metadata compares with the active controller's, as a tagged field of our own: in BrokerHeartbeat for the broker that sends
 * it, in DescribeQuorum for each replica of which it is known. Others skip it.
 */
public final class DigestField {
    /** Tag of the field: the two offsets of a {@link DigestStanding}, eight bytes each. */
    public static final int TAG = 10_001;

    private static final int BYTES = 2 * Long.BYTES;

    private DigestField() {}

    public static RawTaggedField of(DigestStanding standing) {
        return new RawTaggedField(
                TAG,
                ByteBuffer.allocate(BYTES)
                        .putLong(standing.agreedAt())
                        .putLong(standing.divergedAt())
                        .array());
    }

    /** What these fields say; null when they do not. */
    public static @Nullable DigestStanding in(List<RawTaggedField> fields) {
        for (RawTaggedField field : fields) {
            if (field.tag() == TAG && field.size() == BYTES) {
                ByteBuffer bytes = ByteBuffer.wrap(field.data());
                return new DigestStanding(bytes.getLong(), bytes.getLong());
            }
        }
        return null;
    }
}
