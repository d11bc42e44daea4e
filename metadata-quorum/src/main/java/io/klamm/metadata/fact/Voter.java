/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

import org.apache.kafka.common.Uuid;

/**
 * A member of the metadata quorum.
 *
 * @param nodeId the node's id
 * @param directoryId id of the voter's metadata directory; a new directory is a new voter
 * @param host host of its CONTROLLER listener
 * @param port port of its CONTROLLER listener
 */
public record Voter(int nodeId, Uuid directoryId, String host, int port) {}
