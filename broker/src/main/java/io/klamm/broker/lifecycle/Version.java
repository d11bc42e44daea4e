/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import org.jspecify.annotations.Nullable;

/** The version of this program, from its jar. */
public final class Version {
    private static final @Nullable String IMPLEMENTATION =
            Version.class.getPackage().getImplementationVersion();

    /** As built; {@code dev} when it runs from class folders. */
    public static final String CURRENT = IMPLEMENTATION == null ? "dev" : IMPLEMENTATION;

    private Version() {}
}
