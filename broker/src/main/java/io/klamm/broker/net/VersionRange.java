/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

/** Versions of an API, both ends inclusive. */
public record VersionRange(short min, short max) {
    public boolean contains(short version) {
        return version >= min && version <= max;
    }
}
