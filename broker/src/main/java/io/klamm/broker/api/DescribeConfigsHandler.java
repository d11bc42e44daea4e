/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.config.DescribedSetting;
import io.klamm.broker.config.NodeConfig;
import io.klamm.broker.config.Setting;
import io.klamm.broker.config.SettingSource;
import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsSynonym;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * DescribeConfigs, versions 1 to 4, of topics, of consumer groups, of this broker, and of the dynamic defaults of all brokers (KIP-133,
 * KIP-226, KIP-569, KIP-848). Secret values are never shown.
 */
public final class DescribeConfigsHandler implements ApiHandler<DescribeConfigsRequestData> {
    private final Supplier<MetadataImage> images;
    private final NodeConfig config;
    private final Authorizer authorizer;

    public DescribeConfigsHandler(Supplier<MetadataImage> images, NodeConfig config, Authorizer authorizer) {
        this.images = images;
        this.config = config;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_CONFIGS;
    }

    @Override
    public CompletionStage<DescribeConfigsResponseData> handle(
            RequestContext context, DescribeConfigsRequestData request) {
        MetadataImage image = images.get();
        DescribeConfigsResponseData response = new DescribeConfigsResponseData();
        for (DescribeConfigsResource resource : request.resources()) {
            DescribeConfigsResult result = new DescribeConfigsResult()
                    .setResourceType(resource.resourceType())
                    .setResourceName(resource.resourceName());
            try {
                List<DescribedSetting> settings = settings(context, image, resource);
                result.setConfigs(rows(request, resource, settings));
            } catch (ApiException e) {
                result.setErrorCode(Errors.forException(e).code()).setErrorMessage(e.getMessage());
            }
            response.results().add(result);
        }
        return CompletableFuture.completedFuture(response);
    }

    private List<DescribedSetting> settings(
            RequestContext context, MetadataImage image, DescribeConfigsResource resource) {
        if (resource.resourceType() == ConfigResourceType.TOPIC.id()) {
            return ofTopic(context, image, resource.resourceName());
        }
        if (resource.resourceType() == ConfigResourceType.BROKER.id()) {
            return ofBroker(context, image, resource.resourceName());
        }
        if (resource.resourceType() == ConfigResourceType.GROUP.id()) {
            return ofGroup(context, image, resource.resourceName());
        }
        throw Errors.INVALID_REQUEST.exception(
                "configuration of resource type " + resource.resourceType() + " is not known here");
    }

    private List<DescribedSetting> ofTopic(RequestContext context, MetadataImage image, String name) {
        if (!authorizer.allows(context, Operation.DESCRIBE_CONFIGS, Resource.TOPIC, name)) {
            throw Errors.TOPIC_AUTHORIZATION_FAILED.exception();
        }
        Topic.validate(name);
        TopicImage topic = image.topic(name);
        if (topic == null) {
            throw Errors.UNKNOWN_TOPIC_OR_PARTITION.exception();
        }
        int replicas = topic.partitions().isEmpty()
                ? 1
                : topic.partitions().get(0).replicas().size();
        return config.topics().describe(image, name, replicas);
    }

    private List<DescribedSetting> ofGroup(RequestContext context, MetadataImage image, String name) {
        if (!authorizer.allows(context, Operation.DESCRIBE_CONFIGS, Resource.GROUP, name)) {
            throw Errors.GROUP_AUTHORIZATION_FAILED.exception();
        }
        return config.groups().describe(image, name);
    }

    private List<DescribedSetting> ofBroker(RequestContext context, MetadataImage image, String name) {
        if (!authorizer.allows(context, Operation.DESCRIBE_CONFIGS, Resource.CLUSTER, AuthorizedOperations.CLUSTER)) {
            throw Errors.CLUSTER_AUTHORIZATION_FAILED.exception();
        }
        if (name.isEmpty()) {
            return defaultsOfAllBrokers(image);
        }
        if (!name.equals(Integer.toString(config.nodeId()))) {
            throw Errors.INVALID_REQUEST.exception(
                    "this is broker " + config.nodeId() + ", which does not know the configuration of broker " + name);
        }
        return config.describe(image);
    }

    /** Of each setting that has one, the dynamic value for all brokers alone. */
    private List<DescribedSetting> defaultsOfAllBrokers(MetadataImage image) {
        List<DescribedSetting> settings = new ArrayList<>();
        for (DescribedSetting described : config.describe(image)) {
            for (DescribedSetting.Synonym synonym : described.synonyms()) {
                if (synonym.source() == SettingSource.DYNAMIC_DEFAULT_BROKER) {
                    settings.add(new DescribedSetting(
                            described.setting(),
                            synonym.value(),
                            synonym.source(),
                            described.readOnly(),
                            List.of(synonym)));
                }
            }
        }
        return settings;
    }

    private static List<DescribeConfigsResourceResult> rows(
            DescribeConfigsRequestData request, DescribeConfigsResource resource, List<DescribedSetting> settings) {
        Set<String> wanted =
                resource.configurationKeys() == null ? Set.of() : new HashSet<>(resource.configurationKeys());
        List<DescribeConfigsResourceResult> rows = new ArrayList<>(settings.size());
        for (DescribedSetting described : settings) {
            if (wanted.isEmpty() || wanted.contains(described.setting().name())) {
                rows.add(row(request, described));
            }
        }
        return rows;
    }

    private static DescribeConfigsResourceResult row(DescribeConfigsRequestData request, DescribedSetting described) {
        Setting<?> setting = described.setting();
        boolean secret = setting.sensitive();
        DescribeConfigsResourceResult row = new DescribeConfigsResourceResult()
                .setName(setting.name())
                .setValue(secret ? null : described.value())
                .setReadOnly(described.readOnly())
                .setConfigSource(described.source().id())
                .setIsSensitive(secret)
                .setConfigType(setting.type().id())
                .setDocumentation(request.includeDocumentation() ? setting.doc() : null);
        if (request.includeSynonyms()) {
            for (DescribedSetting.Synonym synonym : described.synonyms()) {
                row.synonyms()
                        .add(new DescribeConfigsSynonym()
                                .setName(synonym.name())
                                .setValue(secret ? null : synonym.value())
                                .setSource(synonym.source().id()));
            }
        }
        return row;
    }
}
