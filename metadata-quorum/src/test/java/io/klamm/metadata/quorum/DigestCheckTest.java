/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.DigestRecorded;
import io.klamm.metadata.image.ImageDigest;
import io.klamm.metadata.image.MetadataImage;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class DigestCheckTest {
    @TempDir
    Path dir;

    private static DigestRecorded digest(MetadataImage image, long error) {
        return new DigestRecorded(image.endOffset(), ImageDigest.of(image) + error);
    }

    @Test
    void tellsDigestsThatAreThoseOfTheDirectoryFromOthers() throws Exception {
        try (TestQuorum quorum = new TestQuorum("cluster", dir, 1)) {
            quorum.startAll();
            TestQuorum.Node node = quorum.awaitLeader();
            quorum.append("a", "1");
            DigestRecorded right = digest(node.image(), 0);
            quorum.append("b", "2"); // recorded later than taken
            quorum.append(right);
            quorum.append("c", "3");
            DigestRecorded wrong = digest(node.image(), 1);
            quorum.append(wrong);

            DigestCheck.Result result = DigestCheck.check(quorum.config(1).directory());
            assertThat(result.digests())
                    .containsExactly(
                            new DigestCheck.Compared(right.endOffset(), right.digest(), right.digest()),
                            new DigestCheck.Compared(wrong.endOffset(), wrong.digest(), wrong.digest() - 1));
            assertThat(result.digests().get(0).differs()).isFalse();
            assertThat(result.digests().get(1).differs()).isTrue();
            assertThat(result.endOffset()).isEqualTo(node.image().endOffset());
            assertThat(result.digest()).isEqualTo(ImageDigest.of(node.image()));
        }
    }

    @Test
    void whatEndsBeforeTheSnapshotCannotBeComparedAndTheRestCan() throws Exception {
        try (TestQuorum quorum = new TestQuorum("cluster", dir, 1)) {
            quorum.override("raft.server.snapshot.auto.trigger.threshold", "10")
                    .override("raft.server.log.segment.size.max", "4KB")
                    .override("raft.server.log.preallocated.size", "1KB");
            quorum.startAll();
            TestQuorum.Node node = quorum.awaitLeader();
            DigestRecorded early = digest(node.image(), 0);
            quorum.append(early);
            for (int i = 0; i < 60; i++) {
                quorum.append("key" + i, "x".repeat(500));
            }
            DigestRecorded late = digest(node.image(), 0);
            MetadataImage after = node.image();
            // What the snapshot does not hold any more is told by its last digest.
            DigestCheck.Result before = DigestCheck.check(dir);
            assertThat(before.digests())
                    .containsExactly(new DigestCheck.Compared(early.endOffset(), early.digest(), null));
            assertThat(before.digest()).isEqualTo(ImageDigest.of(after));

            quorum.append(late);
            assertThat(DigestCheck.check(dir).digests())
                    .contains(new DigestCheck.Compared(late.endOffset(), late.digest(), late.digest()));
        }
    }
}
