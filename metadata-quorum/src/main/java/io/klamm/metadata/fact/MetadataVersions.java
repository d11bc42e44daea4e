/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

/** The levels of {@code klamm.metadata.version} that this program can read and write. */
public final class MetadataVersions {
    public static final short OLDEST = 1;

    public static final short NEWEST = 1;

    private MetadataVersions() {}
}
