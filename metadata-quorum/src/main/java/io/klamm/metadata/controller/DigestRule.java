/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.DigestRecorded;
import io.klamm.metadata.fact.MetadataVersions;
import io.klamm.metadata.image.MetadataImage;
import java.util.List;

/** Records what the active controller's image is, for every node to compare with. */
public final class DigestRule implements Decider<Boolean> {
    private final DigestRecorded digest;

    public DigestRule(DigestRecorded digest) {
        this.digest = digest;
    }

    /** Replies whether it was recorded: not twice, and not behind a later one. */
    @Override
    public Decision<Boolean> decide(MetadataImage pending) {
        DigestRecorded last = pending.lastDigest();
        if (pending.metadataVersion() < MetadataVersions.VOTERS
                || digest.endOffset() > pending.endOffset()
                || (last != null && last.endOffset() >= digest.endOffset())) {
            return Decision.replyOnly(false);
        }
        return new Decision<>(List.of(digest), true);
    }
}
