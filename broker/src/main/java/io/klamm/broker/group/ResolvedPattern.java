/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a subscription by pattern stands for.
 *
 * @param topics whose names match it
 * @param metadataVersion of the cluster's metadata at that time
 * @param timestampMs wall clock, when it was looked up
 */
record ResolvedPattern(SortedSet<String> topics, long metadataVersion, long timestampMs) {
    ResolvedPattern {
        topics = Collections.unmodifiableSortedSet(new TreeSet<>(topics));
    }
}
