/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.image.EffectiveMinIsr;
import io.klamm.metadata.image.MetadataImage;
import java.util.Locale;

/**
 * Settings that the controller itself goes by and that may change while it runs: the dynamic value for all brokers, else the
 * controller's own file. Values are validated before they become facts; one that cannot be read counts as not set.
 */
final class ClusterValues {
    private ClusterValues() {}

    static boolean flag(MetadataImage image, String key, boolean otherwise) {
        return parse(image.config(EffectiveMinIsr.CLUSTER).getOrDefault(key, ""), otherwise);
    }

    /** {@code otherwise} when the text is neither true nor false. */
    static boolean parse(String text, boolean otherwise) {
        return switch (text.trim().toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> otherwise;
        };
    }

    static long number(MetadataImage image, String key, long otherwise) {
        try {
            return Long.parseLong(image.config(EffectiveMinIsr.CLUSTER).getOrDefault(key, ""));
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }
}
