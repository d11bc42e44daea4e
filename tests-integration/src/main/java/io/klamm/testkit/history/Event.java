/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

/** Something that a process did or saw. The kinds are all there are; {@link HistoryFile} writes each as one line of JSON. */
public sealed interface Event
        permits Send,
                Poll,
                Contents,
                Ownership,
                Commit,
                CommittedOffset,
                MemberFate,
                Bounds,
                Leadership,
                MetadataDigest,
                ReplicaLog,
                TopicKind,
                TopicChange,
                TopicsSeen,
                Reassignment,
                NodeEnd,
                LogLine,
                Milestone,
                Fault {
    Span span();

    /** Who did or saw it: a producer, a reader, a group member, a node, the nemesis. */
    String process();
}
