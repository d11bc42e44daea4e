/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.clean;

import io.klamm.storage.log.CleaningAbortedException;
import io.klamm.storage.log.LogDirOfflineException;

/** Told of every piece of I/O that a cleaning does: waits when it is too fast, and ends it when it is not wanted any more. */
interface Pace {
    /**
     * @param bytes read or written just now
     * @throws CleaningAbortedException when the cleaning is to end
     */
    void moved(int bytes) throws CleaningAbortedException, LogDirOfflineException;
}
