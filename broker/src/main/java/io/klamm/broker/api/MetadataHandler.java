/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.IntSupplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopicCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** Metadata, versions 0 to 13: brokers of the listener that was asked, topics, partitions and their leaders. */
public final class MetadataHandler implements ApiHandler<MetadataRequestData> {
    private static final long CREATE_TIMEOUT_MS = 10_000;
    private static final int FIRST_VERSION_BY_ID = 12;

    private final Function<MetadataRequestData, CompletableFuture<MetadataImage>> images;
    private final IntSupplier quorumLeader;
    private final Authorizer authorizer;
    private final boolean autoCreate;
    private final TopicAutoCreation creation;

    /**
     * @param images the image to answer a request from, see {@link MetadataHold}; never fails
     * @param quorumLeader node id of the quorum's leader, -1 when not known
     * @param autoCreate auto.create.topics.enable
     */
    public MetadataHandler(
            Function<MetadataRequestData, CompletableFuture<MetadataImage>> images,
            IntSupplier quorumLeader,
            ControllerGateway gateway,
            Authorizer authorizer,
            boolean autoCreate) {
        this.images = images;
        this.quorumLeader = quorumLeader;
        this.authorizer = authorizer;
        this.autoCreate = autoCreate;
        this.creation = new TopicAutoCreation(gateway, CREATE_TIMEOUT_MS);
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.METADATA;
    }

    @Override
    public CompletionStage<MetadataResponseData> handle(RequestContext context, MetadataRequestData request) {
        return images.apply(request).thenApply(image -> answer(context, request, image));
    }

    private MetadataResponseData answer(RequestContext context, MetadataRequestData request, MetadataImage image) {
        ListenerBrokers brokers = new ListenerBrokers(image, context.listenerName());
        MetadataResponseData response = new MetadataResponseData()
                .setClusterId(image.clusterId())
                .setControllerId(brokers.controllerHint(quorumLeader.getAsInt()));
        for (ListenerBrokers.Reachable reachable : brokers.reachable(false)) {
            response.brokers()
                    .add(new MetadataResponseBroker()
                            .setNodeId(reachable.broker().nodeId())
                            .setHost(reachable.endpoint().host())
                            .setPort(reachable.endpoint().port())
                            .setRack(reachable.broker().registration().rack()));
        }
        Answer answer = new Answer(context, brokers, request);
        response.setTopics(allTopics(context, request) ? answer.all() : answer.of(request.topics()));
        response.setClusterAuthorizedOperations(
                request.includeClusterAuthorizedOperations()
                        ? AuthorizedOperations.onCluster(authorizer, context)
                        : AuthorizedOperations.NOT_ASKED);
        return response;
    }

    /** Version 0 cannot say null: an empty list asks for all topics; later, an empty list asks for none. */
    private static boolean allTopics(RequestContext context, MetadataRequestData request) {
        return request.topics() == null
                || (context.version() == 0 && request.topics().isEmpty());
    }

    /** Topics of one answer. */
    private final class Answer {
        private final RequestContext context;
        private final ListenerBrokers brokers;
        private final MetadataRequestData request;
        private final MetadataResponseTopicCollection topics = new MetadataResponseTopicCollection();

        Answer(RequestContext context, ListenerBrokers brokers, MetadataRequestData request) {
            this.context = context;
            this.brokers = brokers;
            this.request = request;
        }

        MetadataResponseTopicCollection all() {
            for (TopicImage topic : brokers.image().topics().values()) {
                if (allowed(Operation.DESCRIBE, topic.name())) {
                    topics.add(described(topic));
                }
            }
            return topics;
        }

        MetadataResponseTopicCollection of(List<MetadataRequestTopic> asked) {
            Set<Uuid> ids = new LinkedHashSet<>();
            Set<String> names = new LinkedHashSet<>();
            for (MetadataRequestTopic topic : asked) {
                if (!Uuid.ZERO_UUID.equals(topic.topicId())) {
                    ids.add(topic.topicId());
                } else if (topic.name() != null) {
                    names.add(topic.name());
                } else {
                    topics.add(failed(null, Uuid.ZERO_UUID, Errors.INVALID_REQUEST));
                }
            }
            ids.forEach(this::addById);
            List<String> missing = new ArrayList<>();
            for (String name : names) {
                if (addByName(name)) {
                    missing.add(name);
                }
            }
            if (!missing.isEmpty()) {
                creation.create(context, missing);
            }
            return topics;
        }

        private void addById(Uuid id) {
            if (context.version() < FIRST_VERSION_BY_ID) {
                topics.add(failed(null, id, Errors.INVALID_REQUEST));
                return;
            }
            TopicImage topic = brokers.image().topic(id);
            if (topic == null) {
                topics.add(failed(null, id, Errors.UNKNOWN_TOPIC_ID));
            } else if (!allowed(Operation.DESCRIBE, topic.name())) {
                // the name stays secret
                topics.add(failed(null, id, Errors.TOPIC_AUTHORIZATION_FAILED));
            } else {
                topics.add(described(topic));
            }
        }

        /** @return whether the topic shall be created */
        private boolean addByName(String name) {
            if (!allowed(Operation.DESCRIBE, name)) {
                topics.add(failed(name, Uuid.ZERO_UUID, Errors.TOPIC_AUTHORIZATION_FAILED));
                return false;
            }
            TopicImage topic = brokers.image().topic(name);
            if (topic != null) {
                topics.add(described(topic));
                return false;
            }
            if (!Topic.isValid(name)) {
                topics.add(failed(name, Uuid.ZERO_UUID, Errors.INVALID_TOPIC_EXCEPTION));
                return false;
            }
            if (!autoCreate || !request.allowAutoTopicCreation() || internal(name)) {
                topics.add(failed(name, Uuid.ZERO_UUID, Errors.UNKNOWN_TOPIC_OR_PARTITION));
                return false;
            }
            boolean mayCreate = allowed(Operation.CREATE, name)
                    || authorizer.allows(context, Operation.CREATE, Resource.CLUSTER, AuthorizedOperations.CLUSTER);
            topics.add(failed(
                    name,
                    Uuid.ZERO_UUID,
                    mayCreate ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.TOPIC_AUTHORIZATION_FAILED));
            return mayCreate;
        }

        private boolean internal(String topic) {
            return Topic.isInternal(topic) || topic.equals(Topic.CLUSTER_METADATA_TOPIC_NAME);
        }

        private boolean allowed(Operation operation, String topic) {
            return authorizer.allows(context, operation, Resource.TOPIC, topic);
        }

        private MetadataResponseTopic described(TopicImage topic) {
            List<MetadataResponsePartition> partitions =
                    new ArrayList<>(topic.partitions().size());
            int index = 0;
            for (var state : topic.partitions()) {
                partitions.add(TopicPartitionRows.metadata(brokers, index++, state, context.version()));
            }
            return new MetadataResponseTopic()
                    .setName(topic.name())
                    .setTopicId(topic.id())
                    .setIsInternal(Topic.isInternal(topic.name()))
                    .setPartitions(partitions)
                    .setTopicAuthorizedOperations(
                            request.includeTopicAuthorizedOperations()
                                    ? AuthorizedOperations.onTopic(authorizer, context, topic.name())
                                    : AuthorizedOperations.NOT_ASKED);
        }

        private MetadataResponseTopic failed(@Nullable String name, Uuid id, Errors error) {
            // before version 12 the name must not be null on the wire
            String shown = name == null && context.version() < FIRST_VERSION_BY_ID ? "" : name;
            return new MetadataResponseTopic()
                    .setErrorCode(error.code())
                    .setName(shown)
                    .setTopicId(id)
                    .setIsInternal(shown != null && Topic.isInternal(shown))
                    .setTopicAuthorizedOperations(AuthorizedOperations.NOT_ASKED);
        }
    }
}
