/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.hostile.HostileRequest.Mutation;
import io.klamm.testkit.hostile.HostileRequest.Target;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.RequestUtils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AnswerRulesTest {
    private static final short VERSION = 7;
    private static final int CORRELATION_ID = 42;
    private static final Target TARGET = new Target(false, ApiKeys.CREATE_TOPICS, VERSION);

    private final AnswerRules rules =
            new AnswerRules(List.of(TARGET, new Target(true, ApiKeys.API_VERSIONS, (short) 4)));

    private static HostileRequest request(ApiKeys api, int version) {
        byte[] frame = RequestFuzzer.frame(api, (short) version, CORRELATION_ID, new byte[0]);
        byte[] wire = ByteBuffer.allocate(4 + frame.length)
                .putInt(frame.length)
                .put(frame)
                .array();
        return new HostileRequest(1, TARGET, Mutation.BYTES, wire, true);
    }

    private static ByteBuffer answer(int correlationId, int errorCode) {
        CreateTopicsResponseData data = new CreateTopicsResponseData();
        data.topics().add(new CreatableTopicResult().setName("t").setErrorCode((short) errorCode));
        return RequestUtils.serialize(
                new ResponseHeaderData().setCorrelationId(correlationId),
                ApiKeys.CREATE_TOPICS.responseHeaderVersion(VERSION),
                data,
                VERSION);
    }

    private @Nullable String wrongIn(ByteBuffer answer) {
        return rules.wrongIn(request(ApiKeys.CREATE_TOPICS, VERSION), answer);
    }

    @Test
    void aDefinedErrorIsAnAnswer() {
        assertThat(wrongIn(answer(CORRELATION_ID, Errors.INVALID_REQUEST.code())))
                .isNull();
        assertThat(wrongIn(answer(CORRELATION_ID, Errors.NONE.code()))).isNull();
    }

    @Test
    void anotherCorrelationIdIsNot() {
        assertThat(wrongIn(answer(41, 0))).contains("correlation id 42");
    }

    @Test
    void anErrorThatNobodyKnowsOrThatSaysNothingIsNot() {
        assertThat(wrongIn(answer(CORRELATION_ID, 9_999))).contains("error_code 9999");
        assertThat(wrongIn(answer(CORRELATION_ID, Errors.UNKNOWN_SERVER_ERROR.code())))
                .isEqualTo("UNKNOWN_SERVER_ERROR");
    }

    @Test
    void bytesThatAreTooFewOrTooManyAreNot() {
        byte[] whole = answer(CORRELATION_ID, 0).array();
        assertThat(wrongIn(ByteBuffer.wrap(Arrays.copyOf(whole, whole.length - 3))))
                .contains("cannot be read");
        assertThat(wrongIn(ByteBuffer.wrap(Arrays.copyOf(whole, whole.length + 3))))
                .contains("3 bytes behind");
        assertThat(wrongIn(ByteBuffer.allocate(2))).contains("correlation id");
    }

    @Test
    void whatIsNotServedHasNoAnswer() {
        ByteBuffer any = ByteBuffer.allocate(10).putInt(0, CORRELATION_ID);
        assertThat(rules.wrongIn(request(ApiKeys.CREATE_TOPICS, 6), any)).contains("not served");
        assertThat(rules.wrongIn(request(ApiKeys.API_VERSIONS, 4), any))
                .as("on another listener only")
                .contains("not served");
        HostileRequest cut = new HostileRequest(1, TARGET, Mutation.CUT, new byte[] {0, 0, 0, 3, 0, 0, 0}, true);
        assertThat(rules.wrongIn(cut, any)).contains("without a header");
    }
}
