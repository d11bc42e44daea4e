/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.image.ConfigKey;
import io.klamm.metadata.image.MetadataImage;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the registries of settings say; implemented by the broker module, which has them. Pure functions. */
public interface ConfigRules {
    /** Null when the property may be set on this resource while the cluster runs, else why not, in words for the user. */
    @Nullable
    String refusal(ConfigKey resource, String property);

    /** Whether the property, which exists, takes a list: only then elements can be added and taken away. */
    boolean isList(ConfigResourceType type, String property);

    /** The value of the property without a dynamic one of this very resource; empty when there is none. */
    String inherited(MetadataImage image, ConfigKey resource, String property);

    /** Null when the values, all dynamic ones of the resource, are valid by themselves and together, else what is wrong. */
    @Nullable
    String invalid(ConfigKey resource, Map<String, String> values);
}
