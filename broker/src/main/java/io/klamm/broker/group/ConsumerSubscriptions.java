/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.jspecify.annotations.Nullable;

/** What consumers tell their leader in a classic group: the embedded protocol "consumer". */
final class ConsumerSubscriptions {
    static final String PROTOCOL_TYPE = "consumer";

    private ConsumerSubscriptions() {}

    /** The topics that a member subscribes to; null when the bytes are something else. */
    static @Nullable Set<String> topics(byte[] metadata) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(metadata);
            short version = buffer.getShort();
            if (version < ConsumerProtocolSubscription.LOWEST_SUPPORTED_VERSION) {
                return null;
            }
            short known = (short) Math.min(version, ConsumerProtocolSubscription.HIGHEST_SUPPORTED_VERSION);
            return new TreeSet<>(new ConsumerProtocolSubscription(new ByteBufferAccessor(buffer), known).topics());
        } catch (BufferUnderflowException | IllegalArgumentException | NullPointerException e) {
            return null; // another program's own protocol
        } catch (RuntimeException e) {
            return null; // the codec's word for lengths that lie
        }
    }
}
