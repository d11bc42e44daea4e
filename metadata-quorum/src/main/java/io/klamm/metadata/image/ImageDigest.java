/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import io.klamm.metadata.fact.FactCodec;
import io.klamm.metadata.fact.MetadataFact;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * A number that tells images apart: the first eight bytes of the SHA-256 of the facts that build the image, in their order, which is
 * the same on every node. Taken from the image as it is in memory, not from the facts that led to it, so a node that has applied the
 * same facts to another effect is found. Costs as much as a snapshot.
 */
public final class ImageDigest {
    private ImageDigest() {}

    public static long of(MetadataImage image) {
        MessageDigest sha;
        try {
            sha = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        ByteBuffer header = ByteBuffer.allocate(Long.BYTES).putLong(image.endOffset());
        sha.update(header.flip());
        for (MetadataFact fact : image.facts()) {
            sha.update(FactCodec.encodeFact(fact));
        }
        return ByteBuffer.wrap(sha.digest()).getLong();
    }
}
