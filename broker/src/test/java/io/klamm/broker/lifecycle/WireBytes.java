/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.UnalignedMemoryRecords;

/** A message as bytes, records included. */
final class WireBytes {
    private WireBytes() {}

    static ByteBufferAccessor of(Message message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
        message.write(
                new ByteBufferAccessor(buffer) {
                    @Override
                    public void writeRecords(BaseRecords records) {
                        writeByteBuffer(
                                records instanceof MemoryRecords memory
                                        ? memory.buffer()
                                        : ((UnalignedMemoryRecords) records).buffer());
                    }
                },
                cache,
                version);
        return new ByteBufferAccessor(buffer.flip());
    }
}
