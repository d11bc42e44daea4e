/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.nio.ByteBuffer;

/**
 * What a client sent, found sound and brought to the codec of the topic, by the settings of that moment: what is left to do is short.
 *
 * @param bytes v2 record batches from position to limit
 */
public record PreparedBatches(ByteBuffer bytes, LogConfig settings) {}
