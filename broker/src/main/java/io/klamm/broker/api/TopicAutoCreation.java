/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.broker.net.RequestContext;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates topics that clients only mention (auto.create.topics.enable), with the cluster's default partitions and replicas. A
 * topic is asked for once at a time, and the number of topics being created is bounded; what does not fit is left to the
 * client's next request. Thread-safe.
 */
final class TopicAutoCreation {
    private static final Logger LOG = LoggerFactory.getLogger(TopicAutoCreation.class);
    private static final int MAX_IN_FLIGHT = 1000;

    private final ControllerGateway gateway;
    private final long timeoutMs;
    private final Set<String> inFlight = ConcurrentHashMap.newKeySet();
    private volatile String lastFailure = "";

    /** @param timeoutMs how long the controller gets for each request */
    TopicAutoCreation(ControllerGateway gateway, long timeoutMs) {
        this.gateway = gateway;
        this.timeoutMs = timeoutMs;
    }

    /** Starts the creation and returns at once; the names are valid and the client may create them. */
    void create(RequestContext context, Collection<String> topics) {
        List<String> started = new ArrayList<>(topics.size());
        CreateTopicsRequestData request = new CreateTopicsRequestData().setTimeoutMs((int) timeoutMs);
        for (String topic : topics) {
            if (inFlight.size() < MAX_IN_FLIGHT && inFlight.add(topic)) {
                started.add(topic);
                request.topics()
                        .add(new CreatableTopic()
                                .setName(topic)
                                .setNumPartitions(-1)
                                .setReplicationFactor((short) -1));
            }
        }
        if (started.isEmpty()) {
            return;
        }
        var unused = send(request).whenComplete((response, failure) -> {
            started.forEach(inFlight::remove);
            log(context, started, (CreateTopicsResponseData) response, failure);
        });
    }

    /** Fails, never throws: the names must become free again. */
    private CompletableFuture<ApiMessage> send(CreateTopicsRequestData request) {
        try {
            return gateway.send(request, timeoutMs);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Clients ask again several times a second: a failure is logged once, until another one comes. */
    private void log(
            RequestContext context,
            List<String> started,
            @Nullable CreateTopicsResponseData response,
            @Nullable Throwable failure) {
        String failed = "";
        if (response == null) {
            failed = started + ": " + failure;
        } else {
            for (CreatableTopicResult result : response.topics()) {
                Errors error = Errors.forCode(result.errorCode());
                if (error == Errors.NONE) {
                    LOG.info("created {}, since {} asked for metadata of it", result.name(), context.principal());
                } else if (error != Errors.TOPIC_ALREADY_EXISTS) {
                    failed = result.name() + ": " + error + " " + result.errorMessage();
                }
            }
        }
        if (!failed.isEmpty() && !failed.equals(lastFailure)) {
            lastFailure = failed;
            LOG.warn("could not create a topic that a client asked for: {}", failed);
        }
    }
}
