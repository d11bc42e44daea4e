/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.image.ImageSnapshot;
import io.klamm.metadata.image.MetadataImage;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotRetentionPolicy;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.jspecify.annotations.Nullable;

/**
 * The snapshot files of a voter, in Ratis' state machine directory. A file's name holds the Raft term and index it stands
 * for, and the end offset and term of its image:
 *
 * <pre>snapshot.RAFTTERM_RAFTINDEX.ENDOFFSET_IMAGETERM</pre>
 *
 * <p>A file with such a name is complete: it is written under another name, synced and renamed. (When Ratis installs a
 * snapshot from the leader it replaces the whole directory; {@link #sync} then makes that durable.)
 */
final class SnapshotStore implements StateMachineStorage {
    private static final Pattern NAME = Pattern.compile("snapshot\\.(\\d+)_(\\d+)\\.(\\d+)_(\\d+)");
    private static final String TEMP_SUFFIX = ".writing";

    private volatile @Nullable Path directory;
    private volatile @Nullable Stored latest;

    /**
     * @param file where it is
     * @param raft the last Raft entry in it
     * @param id what tailing brokers call it
     */
    record Stored(Path file, TermIndex raft, SnapshotId id) {
        SingleFileSnapshotInfo info() {
            // No digest: the file carries its own checksum, and Ratis computes one while it sends.
            return new SingleFileSnapshotInfo(new FileInfo(file, null), raft);
        }
    }

    @Override
    public void init(RaftStorage storage) throws IOException {
        init(storage.getStorageDir().getStateMachineDir().toPath());
    }

    void init(Path stateMachineDirectory) throws IOException {
        Files.createDirectories(stateMachineDirectory);
        directory = stateMachineDirectory;
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(stateMachineDirectory, '*' + TEMP_SUFFIX)) {
            for (Path leftover : leftovers) {
                Files.delete(leftover);
            }
        }
        reload();
    }

    /** Looks at the directory again and returns the newest snapshot, null when there is none. */
    @Nullable
    Stored reload() throws IOException {
        List<Stored> all = list(dir());
        Stored newest = all.isEmpty() ? null : all.get(0);
        latest = newest;
        return newest;
    }

    /** The snapshots in a directory, newest first. */
    static List<Stored> list(Path directory) throws IOException {
        List<Stored> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
                if (name.matches()) {
                    found.add(new Stored(
                            file,
                            TermIndex.valueOf(Long.parseLong(name.group(1)), Long.parseLong(name.group(2))),
                            new SnapshotId(Long.parseLong(name.group(3)), Integer.parseInt(name.group(4)))));
                }
            }
        }
        found.sort(Comparator.comparingLong((Stored stored) -> stored.raft().getIndex())
                .reversed());
        return found;
    }

    private Path dir() {
        Path dir = directory;
        if (dir == null) {
            throw new IllegalStateException("the snapshot directory is not known yet");
        }
        return dir;
    }

    /** Writes a snapshot of {@code image}, which holds everything up to {@code raft}. Durable on return. */
    Stored write(MetadataImage image, TermIndex raft) throws IOException {
        SnapshotId id = new SnapshotId(image.endOffset(), image.term());
        Path file = dir().resolve(
                        "snapshot." + raft.getTerm() + '_' + raft.getIndex() + '.' + id.endOffset() + '_' + id.term());
        Path temp = dir().resolve(file.getFileName() + TEMP_SUFFIX);
        try (FileChannel channel = FileChannel.open(
                temp, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
            ImageSnapshot.write(image, out);
            out.flush();
            channel.force(true);
        }
        Files.move(temp, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        VoterDirectory.syncDirectory(dir());
        Stored stored = new Stored(file, raft, id);
        latest = stored;
        return stored;
    }

    static MetadataImage read(Stored stored) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(stored.file()), 1 << 16)) {
            return ImageSnapshot.read(in);
        }
    }

    /** Makes a snapshot that Ratis has put here durable: the file, its directory and the one above. */
    static void sync(Stored stored) throws IOException {
        try (FileChannel channel = FileChannel.open(stored.file(), StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Path directory = stored.file().resolveSibling(".").normalize();
        VoterDirectory.syncDirectory(directory);
        VoterDirectory.syncDirectory(directory.resolve(".."));
    }

    @Nullable
    Stored latest() {
        return latest;
    }

    // Ratis' interface is not annotated for null: no snapshot is null there.
    @SuppressWarnings("NullAway")
    @Override
    public @Nullable SingleFileSnapshotInfo getLatestSnapshot() {
        Stored newest = latest;
        return newest == null ? null : newest.info();
    }

    /** See {@link MetadataQuorum#readSnapshot}. */
    MetadataQuorum.@Nullable SnapshotChunk read(SnapshotId id, long position, int maxBytes) throws IOException {
        Path dir = directory;
        if (dir == null || !Files.isDirectory(dir)) {
            return null;
        }
        for (Stored stored : list(dir)) {
            if (stored.id().equals(id)) {
                return read(stored.file(), position, maxBytes);
            }
        }
        return null;
    }

    private static MetadataQuorum.@Nullable SnapshotChunk read(Path file, long position, int maxBytes)
            throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (position < 0 || position > size) {
                throw new IndexOutOfBoundsException("position " + position + " of " + size);
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(Math.max(maxBytes, 0), size - position));
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, position + bytes.position()) < 0) {
                    throw new IOException(file + " became shorter while it was read");
                }
            }
            return new MetadataQuorum.SnapshotChunk(size, bytes.flip());
        } catch (NoSuchFileException e) {
            return null; // replaced by a newer one meanwhile
        }
    }

    @Override
    public void format() {
        // Ratis clears the directory itself.
    }

    /** Deletes all but the newest {@code count}. */
    void keep(int count) throws IOException {
        List<Stored> all = list(dir());
        for (Stored old : all.subList(Math.min(count, all.size()), all.size())) {
            Files.deleteIfExists(old.file());
        }
    }

    @Override
    public void cleanupOldSnapshots(SnapshotRetentionPolicy policy) {
        // The state machine does it, after every snapshot.
    }
}
