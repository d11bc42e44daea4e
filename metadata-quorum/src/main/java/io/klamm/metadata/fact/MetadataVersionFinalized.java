/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

/**
 * From here on, facts up to this level of {@code klamm.metadata.version} may be written.
 *
 * @param level the finalised level; never above what a registered node supports
 */
public record MetadataVersionFinalized(short level) implements MetadataFact {
    @Override
    public void accept(FactVisitor visitor) {
        visitor.visit(this);
    }
}
