/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import java.util.HexFormat;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * One request of a hostile client.
 *
 * @param number of the seed's requests
 * @param target which it was made of; a mutation may have changed what its header says
 * @param wire the frame, with its length before it
 * @param whole whether the length says how many bytes follow
 */
@SuppressWarnings("ArrayRecordComponent") // sent and shown, never compared
record HostileRequest(long number, Target target, Mutation mutation, byte[] wire, boolean whole) {
    private static final int MOST_SHOWN = 4_096;

    /** An API in one version on a kind of listener. */
    record Target(boolean controller, ApiKeys api, short version) {
        @Override
        public String toString() {
            return api.name + " " + version + (controller ? " on a CONTROLLER listener" : " on a client listener");
        }
    }

    /** What was done to a request that the codec would write. Its values are strange already. */
    enum Mutation {
        NONE,
        /** One length in it says something else. */
        LYING_LENGTH,
        /** A few bytes are others. */
        BYTES,
        /** A few neighbours are all the same. */
        RUN,
        /** Its end is missing, and the frame says so. */
        CUT,
        /** Bytes follow that do not belong to it. */
        LONGER,
        /** The frame is announced longer than what comes. */
        UNFINISHED,
        /** The frame's length is impossible. */
        FRAME_LENGTH,
        /** Another API or version in the header. */
        HEADER,
        /** The message of another API. */
        OTHER_MESSAGE
    }

    /** Whether it has a whole header that names what it is. */
    boolean wellFormed() {
        return mutation == Mutation.NONE;
    }

    @Override
    public String toString() {
        String hex = HexFormat.of().formatHex(wire, 0, Math.min(wire.length, MOST_SHOWN));
        return "request " + number + " (" + target + ", " + mutation + ", " + wire.length + " bytes): " + hex
                + (wire.length > MOST_SHOWN ? "..." : "");
    }
}
