/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.fact.Voter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Who a voter's directory belongs to. Kept as a small text file that people can read: a first line with magic and format
 * version, {@code key=value} lines, and a last line with the CRC32C of everything before it.
 *
 * @param clusterId the cluster
 * @param nodeId the node
 * @param directoryId drawn when the directory was first used; a new directory is a new voter
 * @param incarnation {@link #FOUNDER} for those who formed the quorum; of one that was taken in later its directory id
 * @param state how far forming or joining has come
 * @param since once FORMED: the facts below this offset (exclusive) may not have this voter yet, those above do, for as long as it
 *     votes
 * @param voters once FORMING: the voters with their directory ids; else empty
 */
record VoterIdentity(
        String clusterId,
        int nodeId,
        Uuid directoryId,
        String incarnation,
        VoterStatus.State state,
        long since,
        List<Voter> voters) {
    static final String FOUNDER = "0";

    private static final String MAGIC = "klamm-voter";
    private static final int VERSION = 1;

    VoterIdentity {
        voters = List.copyOf(voters);
    }

    static VoterIdentity fresh(String clusterId, int nodeId, Uuid directoryId) {
        return new VoterIdentity(clusterId, nodeId, directoryId, FOUNDER, VoterStatus.State.EMPTY, 0, List.of());
    }

    VoterIdentity forming(List<Voter> founders) {
        return new VoterIdentity(clusterId, nodeId, directoryId, FOUNDER, VoterStatus.State.FORMING, 0, founders);
    }

    VoterIdentity joining() {
        return new VoterIdentity(
                clusterId, nodeId, directoryId, directoryId.toString(), VoterStatus.State.JOINING, 0, List.of());
    }

    VoterIdentity formed(List<Voter> newVoters, long newSince) {
        return new VoterIdentity(
                clusterId, nodeId, directoryId, incarnation, VoterStatus.State.FORMED, newSince, newVoters);
    }

    /**
     * Name of this voter in Raft. Never used again once lost: a voter that forgot its votes must come back as another. Named after
     * its directory, a voter that is taken in later has a name that nobody ever had, without asking anybody.
     */
    String peerId() {
        return peerId(nodeId, incarnation);
    }

    static String founderPeerId(int nodeId) {
        return peerId(nodeId, FOUNDER);
    }

    static String joinerPeerId(int nodeId, Uuid directoryId) {
        return peerId(nodeId, directoryId.toString());
    }

    private static String peerId(int nodeId, String incarnation) {
        return nodeId + "-" + incarnation;
    }

    /** The directory id in the Raft peer id of a voter that was taken in later; null in that of a founder. */
    static @Nullable Uuid directoryOf(String peerId) {
        String incarnation = peerId.substring(peerId.indexOf('-') + 1);
        return incarnation.equals(FOUNDER) ? null : Uuid.fromString(incarnation);
    }

    /** The node id in a Raft peer id. */
    static int nodeIdOf(String peerId) {
        return Integer.parseInt(peerId.substring(0, peerId.indexOf('-')));
    }

    /** The Raft group is named after the cluster, so voters of different clusters never talk to each other. */
    UUID groupUuid() {
        return groupUuid(clusterId);
    }

    static UUID groupUuid(String clusterId) {
        return UUID.nameUUIDFromBytes(("klamm-metadata-quorum:" + clusterId).getBytes(StandardCharsets.UTF_8));
    }

    String format() {
        StringBuilder text = new StringBuilder();
        text.append(MAGIC).append(' ').append(VERSION).append('\n');
        text.append("cluster.id=").append(clusterId).append('\n');
        text.append("node.id=").append(nodeId).append('\n');
        text.append("directory.id=").append(directoryId).append('\n');
        text.append("incarnation=").append(incarnation).append('\n');
        text.append("state=").append(state).append('\n');
        text.append("since=").append(since).append('\n');
        for (Voter voter : voters) {
            text.append("voter.").append(voter.nodeId()).append('=');
            text.append(voter.directoryId())
                    .append('@')
                    .append(voter.host())
                    .append(':')
                    .append(voter.port());
            text.append('\n');
        }
        return text + "crc32c=" + crc(text.toString()) + '\n';
    }

    /** @throws IllegalArgumentException if the text is damaged or of another format version */
    static VoterIdentity parse(String text) {
        int newline = text.indexOf('\n');
        if (newline < 0 || !text.startsWith(MAGIC + ' ')) {
            throw new IllegalArgumentException("it does not start with '" + MAGIC + "'");
        }
        String version = text.substring(MAGIC.length() + 1, newline);
        if (!version.equals(Integer.toString(VERSION))) {
            throw new IllegalArgumentException("format version " + version + " is not known to this program");
        }
        int last = text.lastIndexOf("crc32c=");
        if (last < 0 || !text.substring(last).equals("crc32c=" + crc(text.substring(0, last)) + '\n')) {
            throw new IllegalArgumentException("its checksum does not match");
        }
        Map<String, String> fields = new LinkedHashMap<>();
        for (String line : text.substring(newline + 1, last).lines().toList()) {
            int equals = line.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("line '" + line + "'");
            }
            fields.put(line.substring(0, equals), line.substring(equals + 1));
        }
        List<Voter> voters = new ArrayList<>();
        fields.forEach((key, value) -> {
            if (key.startsWith("voter.")) {
                voters.add(voter(Integer.parseInt(key.substring("voter.".length())), value));
            }
        });
        return new VoterIdentity(
                field(fields, "cluster.id"),
                Integer.parseInt(field(fields, "node.id")),
                Uuid.fromString(field(fields, "directory.id")),
                field(fields, "incarnation"),
                VoterStatus.State.valueOf(field(fields, "state")),
                Long.parseLong(fields.getOrDefault("since", "0")), // files of before there was more than one way in
                voters);
    }

    private static Voter voter(int nodeId, String value) {
        int at = value.indexOf('@');
        int colon = value.lastIndexOf(':');
        if (at < 0 || colon < at) {
            throw new IllegalArgumentException("voter '" + value + "'");
        }
        return new Voter(
                nodeId,
                Uuid.fromString(value.substring(0, at)),
                value.substring(at + 1, colon),
                Integer.parseInt(value.substring(colon + 1)));
    }

    private static String field(Map<String, String> fields, String key) {
        String value = fields.get(key);
        if (value == null) {
            throw new IllegalArgumentException(key + " is missing");
        }
        return value;
    }

    private static String crc(String text) {
        CRC32C crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return Long.toHexString(crc.getValue());
    }
}
