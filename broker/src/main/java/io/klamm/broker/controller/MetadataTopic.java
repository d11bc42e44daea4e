/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

/** The internal topic that brokers outside the quorum read the facts from; its id is Uuid.METADATA_TOPIC_ID. */
public final class MetadataTopic {
    public static final String NAME = "__cluster_metadata";
    public static final int PARTITION = 0;

    private MetadataTopic() {}
}
