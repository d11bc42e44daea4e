/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.protocol.Message;

/**
 * Shortens the error messages of a response. They quote what the client has sent, which may be as long as a string can be, so that
 * nothing could be written with a word beside it. The generated classes have no common way to their error messages; these are found
 * by reflection, and only where they matter: in responses of the controller, and in those that could not be encoded otherwise.
 */
public final class ErrorMessages {
    private static final int MOST_CHARS = 1_000;

    private static final Map<Class<?>, Field[]> FIELDS = new ConcurrentHashMap<>();

    private ErrorMessages() {}

    /** Shortens every field {@code errorMessage} of the response and of what is in it. */
    public static void shorten(Message response) {
        for (Field field : FIELDS.computeIfAbsent(response.getClass(), ErrorMessages::fields)) {
            try {
                Object value = field.get(response);
                if (value instanceof String message) {
                    if (message.length() > MOST_CHARS) {
                        field.set(response, message.substring(0, MOST_CHARS) + "...");
                    }
                } else if (value instanceof Message inner) {
                    shorten(inner);
                } else if (value instanceof Iterable<?> elements) {
                    for (Object element : elements) {
                        if (!(element instanceof Message inner)) {
                            break; // all or none
                        }
                        shorten(inner);
                    }
                }
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(e); // made accessible below
            }
        }
    }

    private static Field[] fields(Class<?> type) {
        return Arrays.stream(type.getDeclaredFields())
                .filter(field -> !Modifier.isStatic(field.getModifiers()))
                .filter(field ->
                        (field.getType() == String.class && field.getName().equals("errorMessage"))
                                || Message.class.isAssignableFrom(field.getType())
                                || (Iterable.class.isAssignableFrom(field.getType())
                                        && !field.getName().startsWith("_")))
                .peek(field -> field.setAccessible(true))
                .toArray(Field[]::new);
    }
}
