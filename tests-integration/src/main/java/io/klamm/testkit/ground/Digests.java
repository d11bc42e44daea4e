/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

import io.klamm.metadata.quorum.DigestCheck;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.MetadataDigest;
import java.io.IOException;

/** What the metadata of each node comes to, by its files. */
public final class Digests {
    private Digests() {}

    /**
     * Digests at the offsets where an active controller has recorded one: what lies before such a record is committed, what lies behind the
     * last one may not be.
     */
    public static void takeDown(Ground ground, HistoryRecorder history) throws IOException {
        for (Integer node : ground.nodes()) {
            long now = history.now();
            for (DigestCheck.Compared each :
                    DigestCheck.check(ground.metadataDirectory(node)).digests()) {
                history.add(new MetadataDigest(
                        history.since(now),
                        MetadataDigest.RECORDED,
                        each.endOffset(),
                        Long.toHexString(each.recorded())));
                Long computed = each.computed();
                if (computed != null) {
                    history.add(new MetadataDigest(
                            history.since(now), "node-" + node, each.endOffset(), Long.toHexString(computed)));
                }
            }
        }
    }
}
