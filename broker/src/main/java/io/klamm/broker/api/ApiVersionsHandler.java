/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.ApiVersionRanges;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.net.VersionRange;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ApiVersionsResponseData.FinalizedFeatureKey;
import org.apache.kafka.common.message.ApiVersionsResponseData.SupportedFeatureKey;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * ApiVersions: what this listener serves, and nothing else. Checks the client's name (KIP-511), and, for clients that say whom they
 * mean to talk to, that they have come to the right node (KIP-1242).
 */
public final class ApiVersionsHandler implements ApiHandler<ApiVersionsRequestData> {
    private static final String METADATA_VERSION = "metadata.version";

    /** 3.3-IV3, the first of Kafka with this feature, and 4.3-IV0: the level that we emulate. */
    private static final short MIN_METADATA_VERSION = 7;

    private static final short METADATA_VERSION_LEVEL = 30;

    /** What clients look at before they use the consumer protocol (KIP-848). */
    private static final String GROUP_VERSION = "group.version";

    private static final short GROUP_VERSION_LEVEL = 1;

    private static final short SOFTWARE_SINCE = 3;
    private static final short ADDRESSEE_SINCE = 5;
    private static final Pattern SOFTWARE = Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?");

    private final Set<ApiKeys> served = EnumSet.of(ApiKeys.API_VERSIONS);
    private final String clusterId;
    private final int nodeId;
    private final LongSupplier metadataOffset;

    /**
     * @param others the handlers of the same listener
     * @param clusterId of this cluster
     * @param nodeId of this node
     * @param metadataOffset offset of the last fact applied: the epoch of the finalized features
     */
    public ApiVersionsHandler(
            Collection<? extends ApiHandler<?>> others, String clusterId, int nodeId, LongSupplier metadataOffset) {
        others.forEach(handler -> served.add(handler.api()));
        this.clusterId = clusterId;
        this.nodeId = nodeId;
        this.metadataOffset = metadataOffset;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.API_VERSIONS;
    }

    @Override
    public CompletionStage<ApiVersionsResponseData> handle(RequestContext context, ApiVersionsRequestData request) {
        Errors error = check(context.version(), request);
        return CompletableFuture.completedFuture(
                error == Errors.NONE ? answer() : new ApiVersionsResponseData().setErrorCode(error.code()));
    }

    private Errors check(short version, ApiVersionsRequestData request) {
        if (version >= SOFTWARE_SINCE
                && !(SOFTWARE.matcher(request.clientSoftwareName()).matches()
                        && SOFTWARE.matcher(request.clientSoftwareVersion()).matches())) {
            return Errors.INVALID_REQUEST;
        }
        if (version < ADDRESSEE_SINCE) {
            return Errors.NONE;
        }
        if ((request.clusterId() == null) != (request.nodeId() == -1)) {
            return Errors.INVALID_REQUEST;
        }
        boolean meansAnother =
                request.clusterId() != null && !(request.clusterId().equals(clusterId) && request.nodeId() == nodeId);
        return meansAnother ? Errors.REBOOTSTRAP_REQUIRED : Errors.NONE;
    }

    private ApiVersionsResponseData answer() {
        ApiVersionsResponseData answer = new ApiVersionsResponseData()
                .setZkMigrationReady(false)
                .setFinalizedFeaturesEpoch(metadataOffset.getAsLong());
        for (ApiKeys api : served) {
            VersionRange range = ApiVersionRanges.advertised(api);
            answer.apiKeys()
                    .add(new ApiVersion()
                            .setApiKey(api.id)
                            .setMinVersion(range.min())
                            .setMaxVersion(range.max()));
        }
        addFeature(answer, METADATA_VERSION, MIN_METADATA_VERSION, METADATA_VERSION_LEVEL);
        if (served.contains(ApiKeys.CONSUMER_GROUP_HEARTBEAT)) {
            addFeature(answer, GROUP_VERSION, (short) 0, GROUP_VERSION_LEVEL);
        }
        return answer;
    }

    /** A feature that is finalised at the highest level that we know. */
    private static void addFeature(ApiVersionsResponseData answer, String name, short min, short level) {
        answer.supportedFeatures()
                .add(new SupportedFeatureKey().setName(name).setMinVersion(min).setMaxVersion(level));
        answer.finalizedFeatures()
                .add(new FinalizedFeatureKey()
                        .setName(name)
                        .setMinVersionLevel(level)
                        .setMaxVersionLevel(level));
    }
}
