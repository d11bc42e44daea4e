/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

/**
 * The version of a consumer group: of who is in, and of what its topics are.
 *
 * @param epoch grows with every change; 0 before the first
 * @param metadataHash of the topics that the group subscribes to, as they were ({@link SubscribedTopics#hash})
 * @param sinceMs wall clock, when it was written
 */
record GroupEpoch(int epoch, long metadataHash, long sinceMs) {
    static final GroupEpoch NONE = new GroupEpoch(0, 0, -1);
}
