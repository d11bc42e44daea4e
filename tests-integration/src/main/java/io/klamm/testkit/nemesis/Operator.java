/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import org.apache.kafka.common.TopicPartition;

/**
 * Somebody who changes the cluster by its own means while harm is done to it. Like a ground, an operation returns its evidence. Used by one
 * thread at a time.
 */
public interface Operator {
    /** Takes a node's replica away, and waits until it is done. */
    String dropReplica(TopicPartition partition, int node);

    /** Asks that every node gets a replica, again and again while it is refused; does not wait. */
    String beginReplicas(TopicPartition partition);

    /** Waits until what was begun is done. */
    String awaitReplicas(TopicPartition partition);

    /** Takes back what was begun. */
    String cancelReplicas(TopicPartition partition);

    /** Creates topics, several at a time, until {@link #endTopics}. */
    String beginTopics();

    /**
     * Evidence that something came in between: requests for topics that were begun before then wait for an answer now.
     *
     * @param nanos a moment, since the start of the run
     * @throws AssertionError when there are none
     */
    String openTopics(long nanos);

    /** Waits for what was asked for, and deletes most of it. */
    String endTopics();
}
