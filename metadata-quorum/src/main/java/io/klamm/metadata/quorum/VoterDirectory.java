/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.fact.Voter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The directory of one voter: who it belongs to, how far forming has come, and the Raft storage.
 *
 * <pre>
 * voter.identity   see {@link VoterIdentity}
 * voter.lock       held while a process uses the directory
 * raft/            what Ratis keeps: votes, log segments, snapshots
 * </pre>
 *
 * <p>A vote, once granted, must never be forgotten: a voter that comes back without its vote could grant it twice. So the
 * state here only moves forward, {@code raft/} is created before the state becomes FORMING, and a directory in which one
 * of the two is missing is refused instead of being filled again.
 */
final class VoterDirectory implements AutoCloseable {
    private static final String IDENTITY = "voter.identity";
    private static final String LOCK = "voter.lock";
    private static final String RAFT = "raft";
    /** Files that only Apache Kafka writes into a log or metadata directory. */
    private static final List<String> KAFKA_FILES = List.of("meta.properties", "quorum-state", "partition.metadata");

    private final Path root;
    private final FileChannel lockFile;
    private volatile VoterIdentity identity;

    private VoterDirectory(Path root, FileChannel lockFile, VoterIdentity identity) {
        this.root = root;
        this.lockFile = lockFile;
        this.identity = identity;
    }

    /**
     * Locks the directory and reads its identity; an empty directory gets one.
     *
     * @throws QuorumStartException when it is in use, belongs to someone else, or is damaged
     */
    static VoterDirectory open(Path root, String clusterId, int nodeId) {
        FileChannel lock = null;
        try {
            Files.createDirectories(root);
            for (String name : KAFKA_FILES) {
                if (Files.exists(root.resolve(name))) {
                    throw new QuorumStartException(
                            "metadata directory " + root + " was formatted by Apache Kafka (it has " + name
                                    + "); give this node an empty metadata.log.dir");
                }
            }
            lock = lock(root);
            VoterIdentity identity = readOrCreate(root, clusterId, nodeId);
            checkRaftStorage(root, identity);
            return new VoterDirectory(root, lock, identity);
        } catch (IOException e) {
            closeAfter(lock, e);
            throw new QuorumStartException("metadata directory " + root + " cannot be used: " + reason(e), e);
        } catch (RuntimeException e) {
            closeAfter(lock, e);
            throw e;
        }
    }

    private static FileChannel lock(Path root) throws IOException {
        FileChannel channel = FileChannel.open(root.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return channel; // the lock lives as long as its channel
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw new QuorumStartException("metadata directory " + root + " is in use by this process already", e);
        }
        channel.close();
        throw new QuorumStartException("metadata directory " + root + " is in use by another process");
    }

    private static VoterIdentity readOrCreate(Path root, String clusterId, int nodeId) throws IOException {
        Path file = root.resolve(IDENTITY);
        if (!Files.exists(file)) {
            if (Files.exists(root.resolve(RAFT))) {
                throw new QuorumStartException("metadata directory " + root + " holds a Raft log but no " + IDENTITY
                        + "; whose it is cannot be told. " + lostVoterAdvice(nodeId));
            }
            VoterIdentity fresh = VoterIdentity.fresh(clusterId, nodeId, Uuid.randomUuid());
            write(root, fresh);
            return fresh;
        }
        VoterIdentity identity;
        try {
            identity = VoterIdentity.parse(Files.readString(file));
        } catch (IllegalArgumentException | IOException e) {
            throw new QuorumStartException(
                    "metadata directory " + root + ": " + IDENTITY + " is damaged (" + e.getMessage() + "). "
                            + lostVoterAdvice(nodeId),
                    e);
        }
        if (!identity.clusterId().equals(clusterId)) {
            throw new QuorumStartException("metadata directory " + root + " belongs to cluster " + identity.clusterId()
                    + ", but this node is configured for cluster " + clusterId);
        }
        if (identity.nodeId() != nodeId) {
            throw new QuorumStartException("metadata directory " + root + " belongs to node " + identity.nodeId()
                    + ", but this node is configured with node.id=" + nodeId);
        }
        return identity;
    }

    private static void checkRaftStorage(Path root, VoterIdentity identity) {
        Path raft = root.resolve(RAFT);
        boolean lost =
                switch (identity.state()) {
                    case EMPTY -> false;
                    case FORMING, JOINING -> !Files.isDirectory(raft);
                    case FORMED -> !Files.isRegularFile(raft.resolve(identity.groupUuid() + "/current/raft-meta"));
                };
        if (lost) {
            throw new QuorumStartException("metadata directory " + root + " has lost its Raft storage (" + raft
                    + "); this voter no longer knows how it voted. " + lostVoterAdvice(identity.nodeId()));
        }
    }

    /** What can be done. */
    static String lostVoterAdvice(int nodeId) {
        return "If that directory is lost, node " + nodeId
                + " has forgotten its votes, and neither an empty directory nor an old copy may take their place. To"
                + " give the quorum another voter in its place, start this node with an empty metadata directory and"
                + " --override quorum.join=true, then run klamm quorum replace " + nodeId;
    }

    VoterIdentity identity() {
        return identity;
    }

    Path raftStorage() {
        return root.resolve(RAFT);
    }

    /** The quorum will form of these voters; from here on this voter may grant votes. Durable on return. */
    void markForming(List<Voter> voters) throws IOException {
        Files.createDirectories(raftStorage());
        syncDirectory(root);
        advance(identity.forming(voters));
    }

    /** This voter waits to be taken in, under a name of its own. Durable on return. */
    void markJoining() throws IOException {
        Files.createDirectories(raftStorage());
        syncDirectory(root);
        advance(identity.joining());
    }

    /**
     * The facts have this voter. Durable on return.
     *
     * @param since see {@link VoterIdentity}
     */
    void markFormed(List<Voter> voters, long since) throws IOException {
        advance(identity.formed(voters, since));
    }

    private synchronized void advance(VoterIdentity next) throws IOException {
        write(root, next);
        identity = next;
    }

    private static void write(Path root, VoterIdentity identity) throws IOException {
        Path temp = root.resolve(IDENTITY + ".tmp");
        try (FileChannel out = FileChannel.open(
                temp, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(identity.format().getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
        Files.move(temp, root.resolve(IDENTITY), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        syncDirectory(root);
    }

    static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void closeAfter(@Nullable FileChannel channel, Exception cause) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                cause.addSuppressed(e);
            }
        }
    }

    /** Gives the directory free for another process. */
    @Override
    public void close() throws IOException {
        lockFile.close();
    }

    private static String reason(IOException failure) {
        if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (failure instanceof NoSuchFileException) {
            return "it cannot be created";
        }
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }
}
