/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Settings by name, in the order of the reference page. Immutable. */
public final class SettingRegistry {
    private final Map<String, Setting<?>> byName;

    /** @throws IllegalArgumentException when a name occurs twice */
    public SettingRegistry(List<? extends Setting<?>> settings) {
        Map<String, Setting<?>> map = new LinkedHashMap<>();
        for (Setting<?> setting : settings) {
            if (map.put(setting.name(), setting) != null) {
                throw new IllegalArgumentException("registered twice: " + setting.name());
            }
        }
        byName = Collections.unmodifiableMap(map);
    }

    public @Nullable Setting<?> find(String name) {
        return byName.get(name);
    }

    public Collection<Setting<?>> all() {
        return byName.values();
    }

    /**
     * The known name with the smallest edit distance to {@code name}; the first of several, served ones first. Null when even
     * that one differs in more than half of the letters of {@code name}: it would be no help.
     */
    public @Nullable String nearest(String name) {
        String best = null;
        int bestDistance = Math.max(1, name.length() / 2) + 1;
        for (Setting.Status status : Setting.Status.values()) {
            for (Setting<?> setting : byName.values()) {
                if (setting.status() == status) {
                    int distance = EditDistance.between(name, setting.name());
                    if (distance < bestDistance) {
                        bestDistance = distance;
                        best = setting.name();
                    }
                }
            }
        }
        return best;
    }
}
