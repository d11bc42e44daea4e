/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

/**
 * Digest of a metadata image at an offset of the metadata log.
 *
 * @param process the node whose files give it, or {@link #RECORDED}
 */
public record MetadataDigest(Span span, String process, long offset, String digest) implements Event {
    /** Of a digest that an active controller has written into the log. */
    public static final String RECORDED = "active-controller";
}
