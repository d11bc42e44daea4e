/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.ConfigResourceType;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * @param error NONE, INVALID_CONFIG, INVALID_REQUEST, UNKNOWN_TOPIC_OR_PARTITION, BROKER_ID_NOT_REGISTERED
 * @param message what is wrong and what to do; null without error
 */
public record ConfigAlterationResult(
        ConfigResourceType type,
        String name,
        Errors error,
        @Nullable String message) {}
