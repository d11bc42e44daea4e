/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import org.apache.kafka.common.protocol.Errors;

/**
 * @param error NONE, STALE_BROKER_EPOCH, BROKER_ID_NOT_REGISTERED
 * @param caughtUp whether it has published its own registration
 * @param fenced whether it is fenced now
 * @param shouldShutDown whether its leaders have moved and it may stop
 */
public record HeartbeatReply(Errors error, boolean caughtUp, boolean fenced, boolean shouldShutDown) {}
