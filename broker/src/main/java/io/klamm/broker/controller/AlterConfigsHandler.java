/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.metadata.controller.ConfigOperation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.ApiKeys;

/** AlterConfigs at the controller, versions 0 to 2: the values given replace all dynamic ones of a resource. */
public final class AlterConfigsHandler implements ApiHandler<AlterConfigsRequestData> {
    private final ConfigAlterations alterations;

    public AlterConfigsHandler(ConfigAlterations alterations) {
        this.alterations = alterations;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ALTER_CONFIGS;
    }

    @Override
    public CompletionStage<AlterConfigsResponseData> handle(RequestContext context, AlterConfigsRequestData request) {
        List<ConfigAlterations.Asked> asked =
                new ArrayList<>(request.resources().size());
        for (AlterConfigsResource resource : request.resources()) {
            List<ConfigOperation> operations =
                    new ArrayList<>(resource.configs().size());
            resource.configs()
                    .forEach(config -> operations.add(
                            new ConfigOperation(config.name(), ConfigOperation.Kind.SET, config.value())));
            asked.add(new ConfigAlterations.Asked(resource.resourceType(), resource.resourceName(), true, operations));
        }
        return alterations.alter(context, asked, request.validateOnly()).thenApply(outcomes -> {
            AlterConfigsResponseData response = new AlterConfigsResponseData();
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
