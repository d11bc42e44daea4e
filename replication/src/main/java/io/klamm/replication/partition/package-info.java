/* SPDX-License-Identifier: Apache-2.0 */
/** Leader and follower of a partition: high watermark, ISR, epochs. State machines without I/O of their own. */
@NullMarked
package io.klamm.replication.partition;

import org.jspecify.annotations.NullMarked;
