/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;

/**
 * What fetches run on.
 *
 * @param loops the single-threaded executor of the calling thread: waiting fetches stay on it
 * @param disk may wait for a disk; rejects what is too much
 */
public record FetchThreads(Supplier<? extends ScheduledExecutorService> loops, Executor disk) {}
