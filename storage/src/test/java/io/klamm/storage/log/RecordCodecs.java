/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;

/** The clients' codecs. */
final class RecordCodecs {
    private RecordCodecs() {}

    static List<Compression> all() {
        return Arrays.stream(CompressionType.values())
                .<Compression>map(type -> Compression.of(type).build())
                .toList();
    }
}
