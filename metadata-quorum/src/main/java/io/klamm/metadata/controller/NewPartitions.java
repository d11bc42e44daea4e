/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import java.util.List;

/**
 * Partitions to add to a topic.
 *
 * @param topic its name, not yet validated
 * @param count how many partitions it is to have in the end
 * @param assignments replicas of each new partition, chosen by the client; empty to let the controller place them
 */
public record NewPartitions(String topic, int count, List<List<Integer>> assignments) {}
