/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Optional;
import org.apache.kafka.common.protocol.ApiMessage;

/** Writes the throttle time into a response. Most generated responses have the field, but no interface for it. */
final class ThrottleTime {
    private static final ClassValue<Optional<MethodHandle>> SETTERS = new ClassValue<>() {
        @Override
        protected Optional<MethodHandle> computeValue(Class<?> type) {
            try {
                return Optional.of(MethodHandles.publicLookup()
                        .findVirtual(type, "setThrottleTimeMs", MethodType.methodType(type, int.class))
                        .asType(MethodType.methodType(void.class, ApiMessage.class, int.class)));
            } catch (NoSuchMethodException | IllegalAccessException e) {
                return Optional.empty();
            }
        }
    };

    private ThrottleTime() {}

    /** No effect on a response without the field. */
    static void stamp(ApiMessage response, int throttleMs) {
        Optional<MethodHandle> setter = SETTERS.get(response.getClass());
        if (setter.isEmpty()) {
            return;
        }
        try {
            setter.get().invokeExact(response, throttleMs);
        } catch (Throwable e) {
            throw new IllegalStateException("cannot set the throttle time of " + response.getClass(), e);
        }
    }
}
