/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.security;

/** Who sends a request. */
public record ClientPrincipal(String type, String name) {
    public static final ClientPrincipal ANONYMOUS = new ClientPrincipal("User", "ANONYMOUS");

    @Override
    public String toString() {
        return type + ":" + name;
    }
}
