/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

/**
 * What the active controller holds: the image that ends at {@code endOffset} has this digest. Changes nothing; every node compares it
 * with the digest of its own image at that offset, and says so loudly when they differ.
 *
 * @param endOffset end (exclusive) of the image
 * @param digest the first eight bytes of the SHA-256 of the image's facts, see {@code ImageDigest}
 */
public record DigestRecorded(long endOffset, long digest) implements MetadataFact {
    @Override
    public void accept(FactVisitor visitor) {
        visitor.visit(this);
    }
}
