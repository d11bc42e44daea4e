/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.replication.partition.Scheduler;
import java.time.Clock;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * What the coordinators run on.
 *
 * @param pool small; the shards share it, each runs one task at a time
 * @param disk may block: logs are read there
 * @param timer of sessions and deadlines
 */
public record GroupRuntime(Executor pool, Executor disk, Scheduler timer, Clock wallClock, LongSupplier nanoTime) {}
