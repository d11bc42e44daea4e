/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

/**
 * A broker says that it lives.
 *
 * @param nodeId its id
 * @param brokerEpoch epoch of its registration
 * @param publishedOffset end offset (exclusive) of the newest image whose roles it serves
 * @param wantFence asks to be fenced, or to stay so
 * @param wantShutDown has begun a controlled shutdown
 */
public record BrokerHeartbeat(
        int nodeId, long brokerEpoch, long publishedOffset, boolean wantFence, boolean wantShutDown) {}
