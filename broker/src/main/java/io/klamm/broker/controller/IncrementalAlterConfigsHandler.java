/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.metadata.controller.ConfigOperation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.ApiKeys;

/** IncrementalAlterConfigs at the controller, versions 0 and 1 (KIP-339). */
public final class IncrementalAlterConfigsHandler implements ApiHandler<IncrementalAlterConfigsRequestData> {
    private static final List<ConfigOperation.Kind> BY_ID = List.of(
            ConfigOperation.Kind.SET,
            ConfigOperation.Kind.DELETE,
            ConfigOperation.Kind.APPEND,
            ConfigOperation.Kind.SUBTRACT);

    private final ConfigAlterations alterations;

    public IncrementalAlterConfigsHandler(ConfigAlterations alterations) {
        this.alterations = alterations;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.INCREMENTAL_ALTER_CONFIGS;
    }

    @Override
    public CompletionStage<IncrementalAlterConfigsResponseData> handle(
            RequestContext context, IncrementalAlterConfigsRequestData request) {
        List<ConfigAlterations.Asked> asked =
                new ArrayList<>(request.resources().size());
        for (AlterConfigsResource resource : request.resources()) {
            List<ConfigOperation> operations =
                    new ArrayList<>(resource.configs().size());
            for (AlterableConfig config : resource.configs()) {
                byte id = config.configOperation();
                if (id < 0 || id >= BY_ID.size()) {
                    return CompletableFuture.failedFuture(
                            new InvalidRequestException("There is no operation " + id + " on " + config.name()));
                }
                operations.add(new ConfigOperation(config.name(), BY_ID.get(id), config.value()));
            }
            asked.add(new ConfigAlterations.Asked(resource.resourceType(), resource.resourceName(), false, operations));
        }
        return alterations.alter(context, asked, request.validateOnly()).thenApply(outcomes -> {
            IncrementalAlterConfigsResponseData response = new IncrementalAlterConfigsResponseData();
            for (ConfigAlterations.Outcome outcome : outcomes) {
                response.responses()
                        .add(new AlterConfigsResourceResponse()
                                .setResourceType(outcome.type())
                                .setResourceName(outcome.name())
                                .setErrorCode(outcome.error().code())
                                .setErrorMessage(outcome.message()));
            }
            return response;
        });
    }
}
