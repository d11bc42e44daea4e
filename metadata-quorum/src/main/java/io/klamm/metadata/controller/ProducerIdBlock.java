/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import org.apache.kafka.common.protocol.Errors;

/**
 * @param error NONE, STALE_BROKER_EPOCH, BROKER_ID_NOT_REGISTERED
 * @param firstProducerId first id of the block
 * @param length number of ids
 */
public record ProducerIdBlock(Errors error, long firstProducerId, int length) {}
