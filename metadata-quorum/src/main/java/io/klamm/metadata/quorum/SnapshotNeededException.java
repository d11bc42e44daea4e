/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

/** The reader is too far behind: it must load {@link #snapshot()} first. */
public final class SnapshotNeededException extends RuntimeException {
    private final transient SnapshotId snapshot;

    public SnapshotNeededException(SnapshotId snapshot) {
        super("needs snapshot " + snapshot);
        this.snapshot = snapshot;
    }

    public SnapshotId snapshot() {
        return snapshot;
    }
}
