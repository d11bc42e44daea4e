/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A setting with its effective value, for DescribeConfigs.
 *
 * @param setting the registry's entry: type, doc, sensitive
 * @param value effective value; null when there is none or when it is secret
 * @param source where the value comes from
 * @param readOnly whether it can only change with a restart
 * @param synonyms all values that were considered, strongest first; the first is the effective one
 */
public record DescribedSetting(
        Setting<?> setting, @Nullable String value, SettingSource source, boolean readOnly, List<Synonym> synonyms) {

    /** A value under one name at one level. */
    public record Synonym(String name, @Nullable String value, SettingSource source) {}
}
