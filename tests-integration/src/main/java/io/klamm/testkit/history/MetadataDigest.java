/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

/** Digest of a node's metadata image at an offset of the metadata log. */
public record MetadataDigest(Span span, String process, long offset, String digest) implements Event {}
