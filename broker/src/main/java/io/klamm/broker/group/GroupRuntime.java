/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.replication.partition.Scheduler;
import java.time.Clock;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;

/**
 * What the coordinators run on.
 *
 * @param pool small; the shards share it, each runs one task at a time
 * @param disk may block: logs are read there
 * @param timer of sessions and deadlines
 * @param ids of new members, each one only once in all the world; given in, so that a simulation draws the same ones again
 */
public record GroupRuntime(
        Executor pool, Executor disk, Scheduler timer, Clock wallClock, LongSupplier nanoTime, Supplier<Uuid> ids) {}
