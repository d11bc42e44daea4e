/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * @param name name of the topic; null when asked by an unknown id
 * @param topicId id of the topic; ZERO_UUID when asked by an unknown name
 * @param error NONE, UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID, INVALID_REQUEST
 * @param message why, null without error
 */
public record DeleteTopicResult(
        @Nullable String name,
        Uuid topicId,
        Errors error,
        @Nullable String message) {}
