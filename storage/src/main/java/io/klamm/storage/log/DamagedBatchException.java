/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.io.IOException;

/** What a segment's file holds at a place is no batch: the disk does its work, and only this log has lost something. No stack trace. */
final class DamagedBatchException extends IOException {
    DamagedBatchException(SegmentFile file, int position, String problem) {
        super(problem + " at " + position + " of " + file.path());
    }

    DamagedBatchException(SegmentFile file, int position) {
        this(file, position, "no sound batch");
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
