/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import io.klamm.testkit.hostile.HostileRequest.Target;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Struct;
import org.jspecify.annotations.Nullable;

/**
 * What the answer to a hostile request must be like, whatever was done to the request: it goes by what the header says that was really
 * sent. Who gets no answer has its connection closed, which is judged elsewhere. Pure.
 */
final class AnswerRules {
    private static final Set<Short> DEFINED =
            Stream.of(Errors.values()).map(Errors::code).collect(Collectors.toUnmodifiableSet());

    /** API key, version, correlation id. */
    private static final int FIXED_HEADER_BYTES = 8;

    private static final int OLDEST_PRODUCE = 3;

    private final Set<Target> served;

    /** @param served every API in every version that the listeners tell */
    AnswerRules(Collection<Target> served) {
        this.served = Set.copyOf(served);
    }

    /** What is wrong with an answer; null when nothing is. */
    @Nullable
    String wrongIn(HostileRequest request, ByteBuffer answer) {
        ByteBuffer sent =
                ByteBuffer.wrap(request.wire()).position(Integer.BYTES).slice();
        if (sent.remaining() < FIXED_HEADER_BYTES) {
            return "a frame without a header was answered";
        }
        if (answer.remaining() < Integer.BYTES || answer.getInt(answer.position()) != sent.getInt(4)) {
            return "not answered with correlation id " + sent.getInt(4);
        }
        short key = sent.getShort(0);
        short version = sent.getShort(2);
        if (!ApiKeys.hasId(key)) {
            return "API " + key + ", which there is not, was answered";
        }
        ApiKeys api = ApiKeys.forId(key);
        boolean controller = request.target().controller();
        if (served.contains(new Target(controller, api, version))) {
            return wrongIn(api, version, answer.duplicate());
        }
        boolean known = served.stream().anyMatch(each -> each.api() == api && each.controller() == controller);
        if (known && api == ApiKeys.API_VERSIONS) {
            return wrongIn(api, (short) 0, answer.duplicate()); // tells which versions to use
        }
        if (known && api == ApiKeys.PRODUCE && version >= 0 && version < OLDEST_PRODUCE) {
            return null; // the codec does not know these any more
        }
        return api.name + " " + version + ", which is not served here, was answered";
    }

    private static @Nullable String wrongIn(ApiKeys api, short version, ByteBuffer answer) {
        Struct message;
        try {
            new ResponseHeaderData(new ByteBufferAccessor(answer), api.responseHeaderVersion(version));
            message = api.messageType.responseSchemas()[version].read(answer);
        } catch (RuntimeException e) {
            return "an answer that cannot be read (" + e + ")";
        }
        if (answer.hasRemaining()) {
            return "an answer with " + answer.remaining() + " bytes behind it";
        }
        return wrongCode(message);
    }

    /** An error that the protocol does not define, or one that says that something unforeseen has happened. */
    private static @Nullable String wrongCode(@Nullable Object part) {
        if (part instanceof Struct struct) {
            for (BoundField field : struct.schema().fields()) {
                Object value = struct.get(field);
                String wrong = value instanceof Short code && field.def.name.endsWith("error_code")
                        ? wrongCode(field.def.name, code)
                        : wrongCode(value);
                if (wrong != null) {
                    return wrong;
                }
            }
        } else if (part instanceof Object[] array) {
            return Stream.of(array)
                    .map(AnswerRules::wrongCode)
                    .filter(wrong -> wrong != null)
                    .findFirst()
                    .orElse(null);
        } else if (part instanceof Map<?, ?> tags) {
            return wrongCode(tags.values().toArray());
        }
        return null;
    }

    private static @Nullable String wrongCode(String field, short code) {
        if (code == Errors.UNKNOWN_SERVER_ERROR.code()) {
            return "UNKNOWN_SERVER_ERROR";
        }
        return DEFINED.contains(code) ? null : field + " " + code + ", which the protocol does not define";
    }
}
