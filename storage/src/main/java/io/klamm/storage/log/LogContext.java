/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.io.LogFiles;
import java.time.Clock;

/**
 * What all logs of a node share.
 *
 * @param wallClock for timestamps
 * @param ageClock by which something is found old, see {@link SteadyClock}
 * @param cache what goes through the page cache
 */
record LogContext(
        LogFiles files,
        Clock wallClock,
        Clock ageClock,
        CacheClock cache,
        int maxProducersPerPartition,
        long producerIdExpirationMs) {}
