/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Creates {@code __consumer_offsets} when somebody asks for a group's coordinator and the topic is missing. Thread-safe. */
public final class OffsetsTopic {
    private static final Logger LOG = LoggerFactory.getLogger(OffsetsTopic.class);

    private final ControllerGateway gateway;
    private final int partitions;
    private final short replicationFactor;
    private final int segmentBytes;
    private final long timeoutMs;
    private final AtomicBoolean inFlight = new AtomicBoolean();
    private volatile String lastFailure = "";

    /**
     * @param partitions offsets.topic.num.partitions
     * @param replicationFactor offsets.topic.replication.factor, -1 for the cluster's default
     * @param segmentBytes offsets.topic.segment.bytes
     * @param timeoutMs how long the controller gets
     */
    public OffsetsTopic(
            ControllerGateway gateway, int partitions, short replicationFactor, int segmentBytes, long timeoutMs) {
        this.gateway = gateway;
        this.partitions = partitions;
        this.replicationFactor = replicationFactor;
        this.segmentBytes = segmentBytes;
        this.timeoutMs = timeoutMs;
    }

    /** Starts it, unless it is on its way, and returns at once. */
    void create() {
        if (!inFlight.compareAndSet(false, true)) {
            return;
        }
        CreatableTopic topic = new CreatableTopic()
                .setName(Topic.GROUP_METADATA_TOPIC_NAME)
                .setNumPartitions(partitions)
                .setReplicationFactor(replicationFactor);
        topic.configs().add(config(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT));
        topic.configs().add(config(TopicConfig.SEGMENT_BYTES_CONFIG, Integer.toString(segmentBytes)));
        topic.configs().add(config(TopicConfig.COMPRESSION_TYPE_CONFIG, "producer"));
        CreateTopicsRequestData request = new CreateTopicsRequestData().setTimeoutMs((int) timeoutMs);
        request.topics().add(topic);
        try {
            var unused = gateway.send(request, timeoutMs).whenComplete(this::done);
        } catch (RuntimeException e) {
            done(null, e);
        }
    }

    private static CreatableTopicConfig config(String name, String value) {
        return new CreatableTopicConfig().setName(name).setValue(value);
    }

    /** Clients ask again several times a second: a failure is logged once, until another one comes. */
    private void done(@Nullable ApiMessage response, @Nullable Throwable failure) {
        inFlight.set(false);
        String failed = failure == null ? "" : failure.toString();
        if (response instanceof CreateTopicsResponseData answer) {
            for (CreatableTopicResult result : answer.topics()) {
                Errors error = Errors.forCode(result.errorCode());
                if (error == Errors.NONE) {
                    LOG.info(
                            "created {} with {} partitions, since a client asked for a group's coordinator",
                            result.name(),
                            result.numPartitions());
                } else if (error != Errors.TOPIC_ALREADY_EXISTS) {
                    failed = error + " " + result.errorMessage();
                }
            }
        }
        if (!failed.isEmpty() && !failed.equals(lastFailure)) {
            lastFailure = failed;
            LOG.warn("could not create {}: {}", Topic.GROUP_METADATA_TOPIC_NAME, failed);
        }
    }
}
