/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * Type of a setting: how its text is read, and Kafka's id of it in DescribeConfigs (KIP-569).
 *
 * @param label name in the reference page
 * @param id ConfigType of the DescribeConfigs response
 * @param parser reads trimmed text; throws IllegalArgumentException when the text is not of this type
 * @param <T> type of the value
 */
public record SettingType<T>(String label, byte id, Function<String, T> parser) {
    public static final SettingType<Boolean> BOOLEAN = new SettingType<>("boolean", (byte) 1, SettingType::readBoolean);
    public static final SettingType<String> STRING = new SettingType<>("string", (byte) 2, text -> text);
    public static final SettingType<Integer> INT = new SettingType<>("int", (byte) 3, Integer::valueOf);
    public static final SettingType<Short> SHORT = new SettingType<>("short", (byte) 4, Short::valueOf);
    public static final SettingType<Long> LONG = new SettingType<>("long", (byte) 5, Long::valueOf);
    public static final SettingType<Double> DOUBLE = new SettingType<>("double", (byte) 6, SettingType::readDouble);
    public static final SettingType<List<String>> LIST = new SettingType<>("list", (byte) 7, SettingType::readList);
    public static final SettingType<String> PASSWORD = new SettingType<>("password", (byte) 9, text -> text);

    /** @throws IllegalArgumentException when the text is not of this type */
    public T parse(String text) {
        return parser.apply(text.trim());
    }

    private static Boolean readBoolean(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    private static Double readDouble(String text) {
        double value = Double.parseDouble(text);
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(text);
        }
        return value;
    }

    private static List<String> readList(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::trim)
                .filter(element -> !element.isEmpty())
                .toList();
    }
}
