/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.config.NodeConfig;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DescribeConfigsHandlerTest {
    private static final byte TOPIC = 2;
    private static final byte BROKER = 4;
    private static final byte FROM_TOPIC = 1;
    private static final byte FROM_FILE = 4;

    private final TestImages images = new TestImages().broker(1);
    private final NodeConfig config = NodeConfig.parse(Map.of(
            "node.id", "1",
            "process.roles", "broker,controller",
            "listeners", "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093",
            "controller.listener.names", "CONTROLLER",
            "controller.quorum.voters", "1@localhost:9093",
            "log.dirs", "data",
            "log.retention.ms", "1234"));

    static List<Integer> versions() {
        return TestRequests.versions(ApiKeys.DESCRIBE_CONFIGS);
    }

    @BeforeEach
    void aTopicWithItsOwnSegments() {
        images.topic("orders", 1, 1);
        images.topicConfig("orders", "segment.bytes", "2000000");
    }

    private DescribeConfigsResult describe(
            Authorizer authorizer, int version, byte type, String name, @Nullable List<String> keys) {
        DescribeConfigsRequestData request = new DescribeConfigsRequestData()
                .setIncludeSynonyms(true)
                .setIncludeDocumentation(version >= 3)
                .setResources(List.of(new DescribeConfigsResource()
                        .setResourceType(type)
                        .setResourceName(name)
                        .setConfigurationKeys(keys)));
        return TestRequests.answered(
                        new DescribeConfigsHandler(images, config, authorizer)
                                .handle(TestRequests.context(ApiKeys.DESCRIBE_CONFIGS, version), request),
                        ApiKeys.DESCRIBE_CONFIGS,
                        version)
                .results()
                .get(0);
    }

    private static DescribeConfigsResourceResult row(DescribeConfigsResult result, String name) {
        return result.configs().stream()
                .filter(row -> row.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + name));
    }

    @ParameterizedTest
    @MethodSource("versions")
    void topicsHaveValuesWithTheirSources(int version) {
        DescribeConfigsResult result = describe(Authorizer.ALLOW_ALL, version, TOPIC, "orders", null);

        assertThat(result.errorCode()).isZero();
        assertThat(row(result, "segment.bytes").value()).isEqualTo("2000000");
        assertThat(row(result, "segment.bytes").configSource()).isEqualTo(FROM_TOPIC);
        assertThat(row(result, "retention.ms").value()).isEqualTo("1234");
        assertThat(row(result, "retention.ms").configSource()).isEqualTo(FROM_FILE);
        assertThat(row(result, "segment.bytes").synonyms().get(0).value()).isEqualTo("2000000");
        if (version >= 3) {
            assertThat(row(result, "segment.bytes").documentation()).isNotBlank();
            assertThat(row(result, "segment.bytes").configType()).isEqualTo((byte) 3);
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void aBrokerDescribesItselfOnly(int version) {
        DescribeConfigsResult own = describe(Authorizer.ALLOW_ALL, version, BROKER, "1", List.of("log.retention.ms"));
        assertThat(own.configs()).hasSize(1);
        assertThat(own.configs().get(0).value()).isEqualTo("1234");

        assertThat(describe(Authorizer.ALLOW_ALL, version, BROKER, "2", null).errorCode())
                .isEqualTo(Errors.INVALID_REQUEST.code());
        assertThat(describe(Authorizer.ALLOW_ALL, version, BROKER, "", null).configs())
                .isEmpty();
    }

    @Test
    void refusesWhatIsUnknownOrForbidden() {
        assertThat(describe(Authorizer.ALLOW_ALL, 4, TOPIC, "nothing", null).errorCode())
                .isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
        assertThat(describe(Authorizer.ALLOW_ALL, 4, TOPIC, "no/name", null).errorCode())
                .isEqualTo(Errors.INVALID_TOPIC_EXCEPTION.code());
        assertThat(describe(Authorizer.ALLOW_ALL, 4, (byte) 8, "1", null).errorCode())
                .isEqualTo(Errors.INVALID_REQUEST.code());
        Authorizer denying = TestRequests.denying(Operation.DESCRIBE_CONFIGS);
        assertThat(describe(denying, 4, TOPIC, "orders", null).errorCode())
                .isEqualTo(Errors.TOPIC_AUTHORIZATION_FAILED.code());
        assertThat(describe(denying, 4, BROKER, "1", null).errorCode())
                .isEqualTo(Errors.CLUSTER_AUTHORIZATION_FAILED.code());
    }
}
