/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.ClientPrincipal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class ApiVersionsHandlerTest {
    private final ApiVersionsHandler handler = new ApiVersionsHandler(
            List.of(handler(ApiKeys.PRODUCE), handler(ApiKeys.INIT_PRODUCER_ID)), "cluster", 7, () -> 42);

    @Test
    void tellsWhatIsServedAndNothingElse() {
        ApiVersionsResponseData answer = ask(0, new ApiVersionsRequestData());
        assertThat(answer.errorCode()).isZero();
        assertThat(answer.apiKeys()).hasSize(3);
        assertRange(answer, ApiKeys.PRODUCE, 0, ApiKeys.PRODUCE.latestVersion());
        assertRange(answer, ApiKeys.API_VERSIONS, 0, 5);
        assertRange(answer, ApiKeys.INIT_PRODUCER_ID, 0, 5);
        assertThat(answer.zkMigrationReady()).isFalse();
        assertThat(answer.finalizedFeaturesEpoch()).isEqualTo(42);
        assertThat(answer.finalizedFeatures().find("metadata.version").maxVersionLevel())
                .isBetween(
                        answer.supportedFeatures().find("metadata.version").minVersion(),
                        answer.supportedFeatures().find("metadata.version").maxVersion());
    }

    @Test
    void checksTheClientsName() {
        for (String good : List.of("a", "apache-kafka-java", "librdkafka.2")) {
            assertThat(ask(3, named(good, "4.3.1")).errorCode()).isZero();
        }
        for (String bad : List.of("", "-a", "a-", "a b", "a\n", "ä")) {
            assertThat(ask(3, named(bad, "1")).errorCode()).isEqualTo(Errors.INVALID_REQUEST.code());
            assertThat(ask(4, named("a", bad)).errorCode()).isEqualTo(Errors.INVALID_REQUEST.code());
        }
    }

    /** KIP-1242. */
    @Test
    void sendsAwayWhoMeansAnotherNode() {
        assertThat(ask(5, named("a", "1")).errorCode()).isZero();
        assertThat(ask(5, named("a", "1").setClusterId("cluster").setNodeId(7)).errorCode())
                .isZero();
        assertThat(ask(5, named("a", "1").setClusterId("cluster").setNodeId(8)).errorCode())
                .isEqualTo(Errors.REBOOTSTRAP_REQUIRED.code());
        assertThat(ask(5, named("a", "1").setClusterId("another").setNodeId(7)).errorCode())
                .isEqualTo(Errors.REBOOTSTRAP_REQUIRED.code());
        assertThat(ask(5, named("a", "1").setClusterId("cluster")).errorCode())
                .isEqualTo(Errors.INVALID_REQUEST.code());
        assertThat(ask(5, named("a", "1").setNodeId(7)).errorCode()).isEqualTo(Errors.INVALID_REQUEST.code());
    }

    private ApiVersionsResponseData ask(int version, ApiVersionsRequestData request) {
        RequestContext context = new RequestContext(
                ApiKeys.API_VERSIONS,
                (short) version,
                1,
                "client",
                ClientPrincipal.ANONYMOUS,
                "TEST",
                "PLAINTEXT",
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 1),
                1,
                0);
        return handler.handle(context, request).toCompletableFuture().join();
    }

    private static ApiVersionsRequestData named(String name, String version) {
        return new ApiVersionsRequestData().setClientSoftwareName(name).setClientSoftwareVersion(version);
    }

    private static void assertRange(ApiVersionsResponseData answer, ApiKeys api, int min, int max) {
        ApiVersion range = answer.apiKeys().find(api.id);
        assertThat(range.minVersion()).isEqualTo((short) min);
        assertThat(range.maxVersion()).isEqualTo((short) max);
    }

    private static ApiHandler<ApiMessage> handler(ApiKeys api) {
        return new ApiHandler<>() {
            @Override
            public ApiKeys api() {
                return api;
            }

            @Override
            public CompletableFuture<ApiMessage> handle(RequestContext context, ApiMessage request) {
                return CompletableFuture.completedFuture(api.messageType.newResponse());
            }
        };
    }
}
