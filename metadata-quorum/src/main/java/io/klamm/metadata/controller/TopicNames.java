/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.image.MetadataImage;
import org.jspecify.annotations.Nullable;

/** Kafka's rules for topic names. */
public final class TopicNames {
    /** A name and a partition number must fit into a file name. */
    public static final int MAX_LENGTH = 249;

    private static final String METADATA_TOPIC = "__cluster_metadata";

    private TopicNames() {}

    /** Null when the name is legal, else what is wrong, in words for the user. */
    public static @Nullable String validate(String name) {
        if (name.isEmpty()) {
            return "A topic name must not be empty";
        }
        if (name.equals(".") || name.equals("..")) {
            return "A topic name must not be \".\" or \"..\"";
        }
        if (name.length() > MAX_LENGTH) {
            return "A topic name has at most " + MAX_LENGTH + " characters, this one has " + name.length();
        }
        for (int i = 0; i < name.length(); i++) {
            if (!isLegal(name.charAt(i))) {
                return "A topic name consists of ASCII letters and digits, '.', '_' and '-'; '" + name
                        + "' has something else at position " + i;
            }
        }
        if (name.equals(METADATA_TOPIC)) {
            return "The name " + METADATA_TOPIC + " is reserved for the metadata log";
        }
        return null;
    }

    /** A topic whose name differs only in '.' and '_' (they are the same in metric names), or null. */
    static @Nullable String collision(MetadataImage image, String name) {
        if (!mayCollide(name)) {
            return null;
        }
        String normal = normal(name);
        for (String existing : image.topicIds().keySet()) {
            if (existing.length() == name.length()
                    && mayCollide(existing)
                    && normal(existing).equals(normal)) {
                return existing;
            }
        }
        return null;
    }

    private static boolean mayCollide(String name) {
        return name.indexOf('.') >= 0 || name.indexOf('_') >= 0;
    }

    private static String normal(String name) {
        return name.replace('.', '_');
    }

    private static boolean isLegal(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '.'
                || c == '_'
                || c == '-';
    }
}
