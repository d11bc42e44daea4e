/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

/**
 * The levels of {@code klamm.metadata.version} that this program can read and write. A level is finalised as soon as every registered
 * broker supports it; there is no way back. Nodes that are controllers only do not register: they are upgraded before the brokers.
 */
public final class MetadataVersions {
    public static final short OLDEST = 1;

    /** {@link BrokerDirectoriesChanged}: log dirs fail one by one. */
    public static final short DIRECTORIES = 2;

    /** {@link VotersChanged}: the quorum gets other members; {@link DigestRecorded}. */
    public static final short VOTERS = 3;

    /** {@link ConfigResourceType#GROUP}: groups have settings of their own. */
    public static final short GROUP_CONFIGS = 4;

    public static final short NEWEST = GROUP_CONFIGS;

    private MetadataVersions() {}
}
