/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

/** What the coordinator knows of one group id: who is in, and how far they have read. */
final class Group {
    private final String id;
    private ClassicGroup classic;
    private final CommittedOffsets offsets = new CommittedOffsets();

    Group(String id, ClassicGroup classic) {
        this.id = id;
        this.classic = classic;
    }

    String id() {
        return id;
    }

    ClassicGroup classic() {
        return classic;
    }

    CommittedOffsets offsets() {
        return offsets;
    }

    /** Whether the log holds something of its members, which a tombstone must end. */
    boolean isStored() {
        return classic.generation() > 0 || !classic.protocolType().isEmpty();
    }

    /** As the log says. */
    void restore(ClassicGroup restored) {
        classic = restored;
    }
}
