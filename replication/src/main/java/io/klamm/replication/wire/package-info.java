/* SPDX-License-Identifier: Apache-2.0 */
/** Framing and the ByteBuf codec of the Kafka protocol. */
@NullMarked
package io.klamm.replication.wire;

import org.jspecify.annotations.NullMarked;
