/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The group coordinator: who is in a consumer group, and how far it has read. Each partition of {@code __consumer_offsets} is a
 * {@link io.klamm.broker.group.GroupShard}: a plain state machine ({@link io.klamm.broker.group.Groups}) in one thread, replicated through the log it describes
 * (design D10). An answer leaves when everything that it could have seen is committed.
 */
@NullMarked
package io.klamm.broker.group;

import org.jspecify.annotations.NullMarked;
