/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import java.util.List;
import java.util.Map;

/**
 * A topic to create.
 *
 * @param name its name, not yet validated
 * @param partitions number of partitions, -1 for the cluster's default or with assignments
 * @param replicationFactor number of replicas, -1 for the cluster's default or with assignments
 * @param assignments replicas by partition, chosen by the client; empty to let the controller place them
 * @param configs topic configuration, not yet validated
 */
public record NewTopic(
        String name,
        int partitions,
        short replicationFactor,
        Map<Integer, List<Integer>> assignments,
        Map<String, String> configs) {}
