/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import org.apache.kafka.common.protocol.Errors;

/**
 * @param error NONE, INCONSISTENT_CLUSTER_ID, DUPLICATE_BROKER_REGISTRATION (another incarnation is alive),
 *     UNSUPPORTED_VERSION, INVALID_REGISTRATION
 * @param message why, empty when there is no error
 * @param brokerEpoch the epoch to use from here on, -1 on error
 */
public record RegistrationReply(Errors error, String message, long brokerEpoch) {}
