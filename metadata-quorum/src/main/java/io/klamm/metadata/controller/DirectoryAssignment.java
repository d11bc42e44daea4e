/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.image.PartitionId;
import org.apache.kafka.common.Uuid;

/**
 * A broker says in which log dir its replica of a partition is.
 *
 * @param directory its directory id; one that is not among the broker's online log dirs says that the replica is offline
 */
public record DirectoryAssignment(PartitionId id, Uuid directory) {}
