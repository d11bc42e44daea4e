/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What somebody wants of the replicas of a partition.
 *
 * @param topic name of the topic
 * @param partition index
 * @param target the replicas it is to have, preferred leader first; null gives up the reassignment that is under way
 */
public record ReassignmentRequest(
        String topic, int partition, @Nullable List<Integer> target) {}
