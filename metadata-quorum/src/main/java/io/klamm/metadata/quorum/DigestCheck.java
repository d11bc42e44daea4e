/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.fact.DigestRecorded;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.image.ImageDigest;
import io.klamm.metadata.image.MetadataImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Builds the images of a voter's directory once more and compares their digests with those that the active controllers have recorded
 * in the log. It finds a snapshot or a log that is not what the quorum decided, and facts that this version applies to another effect.
 */
public final class DigestCheck {
    /**
     * A recorded digest.
     *
     * @param endOffset end (exclusive) of the image
     * @param recorded what the active controller had
     * @param computed what this directory gives; null when it does not hold that image, since its snapshot ends behind it
     */
    public record Compared(
            long endOffset, long recorded, @Nullable Long computed) {
        /** Whether it was compared, and is another one. */
        public boolean differs() {
            return computed != null && computed != recorded;
        }
    }

    /**
     * @param digests by end offset
     * @param endOffset end (exclusive) of the whole directory
     * @param digest of the image there
     */
    public record Result(List<Compared> digests, long endOffset, long digest) {
        public Result {
            digests = List.copyOf(digests);
        }
    }

    /** Follows the directory and keeps the newest image. */
    private abstract static class Following implements MetadataDumpReader.Sink {
        MetadataImage image = MetadataImage.EMPTY;

        abstract void at(MetadataImage image, List<MetadataFact> facts);

        @Override
        public void snapshot(SnapshotId id, long raftTerm, long raftIndex, MetadataImage loaded) {
            image = loaded;
            DigestRecorded last = loaded.lastDigest();
            at(image, last == null ? List.of() : List.of(last));
        }

        @Override
        public void batch(long raftTerm, long raftIndex, FactBatch batch, boolean applied) {
            if (applied) {
                image = image.apply(batch);
                at(image, batch.facts());
            }
        }

        @Override
        public void other(long raftTerm, long raftIndex, String what) {
            // changes no image
        }
    }

    private DigestCheck() {}

    /**
     * Reads the directory twice: which images have a recorded digest is known only behind them. The voter may be running.
     *
     * @param directory the voter's directory, or the one above it (metadata.log.dir)
     * @throws IOException when it cannot be read, or is damaged
     */
    public static Result check(Path directory) throws IOException {
        TreeMap<Long, Long> recorded = new TreeMap<>();
        MetadataDumpReader.read(directory, new Following() {
            @Override
            void at(MetadataImage at, List<MetadataFact> facts) {
                for (MetadataFact fact : facts) {
                    if (fact instanceof DigestRecorded digest) {
                        recorded.put(digest.endOffset(), digest.digest());
                    }
                }
            }
        });
        Map<Long, Long> computed = new HashMap<>();
        Following second = new Following() {
            @Override
            void at(MetadataImage at, List<MetadataFact> facts) {
                if (recorded.containsKey(at.endOffset())) {
                    computed.put(at.endOffset(), ImageDigest.of(at));
                }
            }
        };
        MetadataDumpReader.read(directory, second);
        List<Compared> digests = new ArrayList<>();
        recorded.forEach((endOffset, digest) -> digests.add(new Compared(endOffset, digest, computed.get(endOffset))));
        return new Result(digests, second.image.endOffset(), ImageDigest.of(second.image));
    }
}
