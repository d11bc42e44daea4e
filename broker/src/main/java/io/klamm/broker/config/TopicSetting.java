/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A setting of one topic, and the node settings that give its default.
 *
 * @param setting name, type and rule at the topic
 * @param defaults node settings to ask in this order; empty when only the built-in default exists
 * @param <T> type of the value
 */
record TopicSetting<T>(Setting<T> setting, List<NodeDefault> defaults) {

    /**
     * @param setting a node setting
     * @param factor its value times this is the topic's; 1 also for what is no number
     */
    record NodeDefault(Setting<?> setting, long factor) {

        /** The node's text in the topic's unit. */
        String convert(String text) {
            if (factor == 1) {
                return text;
            }
            long value = Long.parseLong(text.trim());
            return Long.toString(value < 0 ? value : value * factor);
        }
    }

    static <T> TopicSetting<T> of(Setting<T> setting, NodeDefault... defaults) {
        return new TopicSetting<>(setting, List.of(defaults));
    }

    /** Built-in default as text in the topic's unit; null when there is none. */
    @Nullable
    String builtIn() {
        for (NodeDefault node : defaults) {
            String text = node.setting().defaultText();
            if (text != null) {
                return node.convert(text);
            }
        }
        return setting.defaultText();
    }
}
