/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;

/**
 * The types of facts: the id and version of each on disk, and how its fields are laid out. Ids and layouts are for ever: a
 * changed layout is a new version (the reader of the old one stays), written only once {@code klamm.metadata.version} allows
 * it.
 *
 * @param id on disk
 * @param version the newest layout, the one written
 * @param type the fact's class
 * @param write writes the fields
 * @param read reads the fields of {@code version}
 */
record FactType<F extends MetadataFact>(
        int id, byte version, Class<F> type, BiConsumer<FactWriter, F> write, Function<FactReader, F> read) {

    private static final List<FactType<?>> ALL = List.of(
            new FactType<>(1, (byte) 0, ClusterCreated.class, FactType::writeCluster, FactType::readCluster),
            new FactType<>(
                    2,
                    (byte) 0,
                    MetadataVersionFinalized.class,
                    (out, fact) -> out.writeShort(fact.level()),
                    in -> new MetadataVersionFinalized(in.readShort())),
            new FactType<>(3, (byte) 0, BrokerRegistered.class, FactType::writeBroker, FactType::readBroker),
            new FactType<>(
                    4,
                    (byte) 0,
                    BrokerUnregistered.class,
                    (out, fact) -> writeBrokerEpoch(out, fact.nodeId(), fact.brokerEpoch()),
                    in -> new BrokerUnregistered(in.readVarint(), in.readLong())),
            new FactType<>(
                    5,
                    (byte) 0,
                    BrokerFenced.class,
                    (out, fact) -> writeBrokerEpoch(out, fact.nodeId(), fact.brokerEpoch()),
                    in -> new BrokerFenced(in.readVarint(), in.readLong())),
            new FactType<>(
                    6,
                    (byte) 0,
                    BrokerUnfenced.class,
                    (out, fact) -> writeBrokerEpoch(out, fact.nodeId(), fact.brokerEpoch()),
                    in -> new BrokerUnfenced(in.readVarint(), in.readLong())),
            new FactType<>(
                    7,
                    (byte) 0,
                    BrokerShutdownStarted.class,
                    (out, fact) -> writeBrokerEpoch(out, fact.nodeId(), fact.brokerEpoch()),
                    in -> new BrokerShutdownStarted(in.readVarint(), in.readLong())),
            new FactType<>(8, (byte) 0, TopicCreated.class, FactType::writeTopic, FactType::readTopic),
            new FactType<>(
                    9,
                    (byte) 0,
                    TopicDeleted.class,
                    (out, fact) -> out.writeUuid(fact.topicId()),
                    in -> new TopicDeleted(in.readUuid())),
            new FactType<>(
                    10,
                    (byte) 0,
                    PartitionCreated.class,
                    (out, fact) -> writePartition(out, fact.topicId(), fact.partition(), fact.state()),
                    in -> new PartitionCreated(in.readUuid(), in.readVarint(), readState(in))),
            new FactType<>(
                    11,
                    (byte) 0,
                    PartitionChanged.class,
                    (out, fact) -> writePartition(out, fact.topicId(), fact.partition(), fact.state()),
                    in -> new PartitionChanged(in.readUuid(), in.readVarint(), readState(in))),
            new FactType<>(12, (byte) 0, ConfigChanged.class, FactType::writeConfig, FactType::readConfig),
            new FactType<>(
                    13,
                    (byte) 0,
                    ProducerIdsAllocated.class,
                    FactType::writeProducerIds,
                    in -> new ProducerIdsAllocated(in.readVarint(), in.readLong(), in.readLong())),
            new FactType<>(
                    14,
                    (byte) 0,
                    BrokerDirectoriesChanged.class,
                    FactType::writeDirectories,
                    in -> new BrokerDirectoriesChanged(
                            in.readVarint(), in.readLong(), in.readList(FactReader::readUuid))),
            new FactType<>(
                    15,
                    (byte) 0,
                    VotersChanged.class,
                    (out, fact) -> out.writeList(fact.voters(), FactType::writeVoter),
                    in -> new VotersChanged(in.readList(FactType::readVoter))),
            new FactType<>(
                    16,
                    (byte) 0,
                    DigestRecorded.class,
                    (out, fact) -> {
                        out.writeLong(fact.endOffset());
                        out.writeLong(fact.digest());
                    },
                    in -> new DigestRecorded(in.readLong(), in.readLong())));

    private static final Map<Integer, FactType<?>> BY_ID = new HashMap<>();
    private static final Map<Class<?>, FactType<?>> BY_CLASS = new HashMap<>();

    static {
        for (FactType<?> type : ALL) {
            if (BY_ID.put(type.id, type) != null || BY_CLASS.put(type.type, type) != null) {
                throw new IllegalStateException("fact type " + type.id + " is there twice");
            }
        }
        for (Class<?> fact : MetadataFact.class.getPermittedSubclasses()) {
            if (!BY_CLASS.containsKey(fact)) {
                throw new IllegalStateException(fact + " has no fact type");
            }
        }
    }

    static FactType<?> byId(int id) {
        FactType<?> type = BY_ID.get(id);
        if (type == null) {
            throw new FactFormatException("fact type " + Integer.toUnsignedString(id)
                    + " is not known to this program: a newer one wrote it. Start a version of Klamm at least as new"
                    + " as the newest that ran in this cluster");
        }
        return type;
    }

    static FactType<?> of(MetadataFact fact) {
        FactType<?> type = BY_CLASS.get(fact.getClass());
        if (type == null) {
            throw new IllegalArgumentException("no fact type for " + fact.getClass());
        }
        return type;
    }

    void writeFields(FactWriter out, MetadataFact fact) {
        write.accept(out, type.cast(fact));
    }

    F readFields(byte writtenVersion, FactReader in) {
        if (writtenVersion != version) {
            throw new FactFormatException(
                    "version " + Byte.toUnsignedInt(writtenVersion) + " of " + type.getSimpleName()
                            + " is not known to this program (it knows up to " + version
                            + "): a newer one wrote it. Start a version of Klamm at least as new as the newest that"
                            + " ran in this cluster");
        }
        F fact;
        try {
            fact = read.apply(in);
        } catch (IllegalArgumentException e) {
            throw new FactFormatException("damaged: " + type.getSimpleName() + ": " + e.getMessage(), e);
        }
        in.expectEnd(type.getSimpleName());
        return fact;
    }

    private static void writeBrokerEpoch(FactWriter out, int nodeId, long brokerEpoch) {
        out.writeVarint(nodeId);
        out.writeLong(brokerEpoch);
    }

    private static void writeCluster(FactWriter out, ClusterCreated fact) {
        out.writeString(fact.clusterId());
        out.writeList(fact.voters(), FactType::writeVoter);
    }

    private static void writeVoter(FactWriter out, Voter voter) {
        out.writeVarint(voter.nodeId());
        out.writeUuid(voter.directoryId());
        out.writeString(voter.host());
        out.writeVarint(voter.port());
    }

    private static Voter readVoter(FactReader in) {
        return new Voter(in.readVarint(), in.readUuid(), in.readString(), in.readVarint());
    }

    private static ClusterCreated readCluster(FactReader in) {
        return new ClusterCreated(in.readString(), in.readList(FactType::readVoter));
    }

    private static void writeBroker(FactWriter out, BrokerRegistered fact) {
        writeBrokerEpoch(out, fact.nodeId(), fact.brokerEpoch());
        out.writeUuid(fact.incarnationId());
        out.writeList(fact.endpoints(), (to, endpoint) -> {
            to.writeString(endpoint.listenerName());
            to.writeString(endpoint.host());
            to.writeVarint(endpoint.port());
            to.writeShort(endpoint.securityProtocol());
        });
        out.writeNullableString(fact.rack());
        out.writeList(fact.logDirs(), FactWriter::writeUuid);
        out.writeShort(fact.minMetadataVersion());
        out.writeShort(fact.maxMetadataVersion());
        out.writeBoolean(fact.cleanShutdown());
    }

    private static BrokerRegistered readBroker(FactReader in) {
        return new BrokerRegistered(
                in.readVarint(),
                in.readLong(),
                in.readUuid(),
                in.readList(from ->
                        new Endpoint(from.readString(), from.readString(), from.readVarint(), from.readShort())),
                in.readNullableString(),
                in.readList(FactReader::readUuid),
                in.readShort(),
                in.readShort(),
                in.readBoolean());
    }

    private static void writeDirectories(FactWriter out, BrokerDirectoriesChanged fact) {
        writeBrokerEpoch(out, fact.nodeId(), fact.brokerEpoch());
        out.writeList(fact.logDirs(), FactWriter::writeUuid);
    }

    private static void writeTopic(FactWriter out, TopicCreated fact) {
        out.writeUuid(fact.topicId());
        out.writeString(fact.name());
    }

    private static TopicCreated readTopic(FactReader in) {
        return new TopicCreated(in.readUuid(), in.readString());
    }

    private static void writePartition(FactWriter out, Uuid topicId, int partition, PartitionState state) {
        out.writeUuid(topicId);
        out.writeVarint(partition);
        out.writeList(state.replicas(), FactWriter::writeVarint);
        out.writeList(state.directories(), FactWriter::writeUuid);
        out.writeList(state.isr(), FactWriter::writeVarint);
        out.writeList(state.elr(), FactWriter::writeVarint);
        out.writeList(state.lastKnownIsr(), FactWriter::writeVarint);
        out.writeList(state.addingReplicas(), FactWriter::writeVarint);
        out.writeList(state.removingReplicas(), FactWriter::writeVarint);
        out.writeVarint(state.leader());
        out.writeVarint(state.leaderEpoch());
        out.writeVarint(state.partitionEpoch());
    }

    private static PartitionState readState(FactReader in) {
        return new PartitionState(
                in.readList(FactReader::readVarint),
                in.readList(FactReader::readUuid),
                in.readList(FactReader::readVarint),
                in.readList(FactReader::readVarint),
                in.readList(FactReader::readVarint),
                in.readList(FactReader::readVarint),
                in.readList(FactReader::readVarint),
                in.readVarint(),
                in.readVarint(),
                in.readVarint());
    }

    private static void writeConfig(FactWriter out, ConfigChanged fact) {
        out.writeByte(fact.type().id());
        out.writeString(fact.name());
        out.writeString(fact.key());
        out.writeNullableString(fact.value());
    }

    private static ConfigChanged readConfig(FactReader in) {
        byte id = in.readByte();
        for (ConfigResourceType type : ConfigResourceType.values()) {
            if (type.id() == id) {
                return new ConfigChanged(type, in.readString(), in.readString(), in.readNullableString());
            }
        }
        throw new FactFormatException("configuration resource type " + id
                + " is not known to this program: a newer one wrote it. Start a version of Klamm at least as new as the"
                + " newest that ran in this cluster");
    }

    private static void writeProducerIds(FactWriter out, ProducerIdsAllocated fact) {
        writeBrokerEpoch(out, fact.nodeId(), fact.brokerEpoch());
        out.writeLong(fact.nextProducerId());
    }
}
