/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/**
 * A file system in memory with a page cache. A loss of power takes from every file a suffix of what was written since it was last forced,
 * tears the write before, may leave zeros where a write was lost and a later one was not, and takes from every folder a suffix of
 * the changes since it was last synced. One operation can be made to fail, after a half of its effect, or all from then on; and the disk can
 * be full: what needs space fails, and what does not goes on.
 *
 * <p>Folders above a path are created as needed, durably. One thread at a time.
 */
@NullUnmarked // what is missing fails the test
final class SimulatedDisk implements LogFiles {
    private final Random random;
    private final Folder root = new Folder();
    private int operations;
    private int failAt = Integer.MAX_VALUE;
    private boolean dead;
    private boolean diesWhenItFails;
    private @Nullable String failed;
    private int generation;
    private boolean full;

    SimulatedDisk(Random random) {
        this.random = random;
    }

    // ---- nodes

    private abstract static class Node {}

    private static final class Folder extends Node {
        final TreeMap<String, Node> entries = new TreeMap<>();
        final TreeMap<String, Node> durable = new TreeMap<>();
        final List<Entry> unsynced = new ArrayList<>();

        void set(String name, @Nullable Node node) {
            change(new Entry(null, name, node));
        }

        void move(String from, String to) {
            Node node = entries.get(from);
            change(new Entry(from, to, node));
        }

        private void change(Entry entry) {
            entry.apply(entries);
            unsynced.add(entry);
        }

        void sync() {
            unsynced.forEach(entry -> entry.apply(durable));
            unsynced.clear();
        }
    }

    /** One change of a folder: {@code name} becomes {@code node}, or goes; {@code moved} goes with it. */
    private record Entry(
            @Nullable String moved, String name, @Nullable Node node) {
        void apply(TreeMap<String, Node> entries) {
            if (moved != null) {
                entries.remove(moved);
            }
            if (node == null) {
                entries.remove(name);
            } else {
                entries.put(name, node);
            }
        }
    }

    private static final class Data extends Node {
        byte[] bytes = new byte[0];
        byte[] durable = new byte[0];
        final List<Change> unforced = new ArrayList<>();

        void change(Change change) {
            bytes = change.apply(bytes);
            unforced.add(change);
        }

        void force() {
            durable = bytes;
            unforced.clear();
        }
    }

    /** A write, or a truncation when {@code bytes} is null. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Change(int position, byte @Nullable [] bytes) {
        byte[] apply(byte[] before) {
            if (bytes == null) {
                return position < before.length ? Arrays.copyOf(before, position) : before;
            }
            byte[] after = Arrays.copyOf(before, Math.max(before.length, position + bytes.length));
            System.arraycopy(bytes, 0, after, position, bytes.length);
            return after;
        }
    }

    // ---- faults

    /** The process dies: what it had written stays. */
    void kill() {
        failAt = Integer.MAX_VALUE;
        dead = false;
        failed = null;
        generation++;
    }

    /** Power goes: {@link #kill}, and what was not forced may be lost. */
    void losePower() {
        kill();
        losePower(root);
    }

    private void losePower(Folder folder) {
        int kept = folder.unsynced.isEmpty() ? 0 : random.nextInt(folder.unsynced.size() + 1);
        for (Entry entry : folder.unsynced.subList(0, kept)) {
            entry.apply(folder.durable);
        }
        folder.unsynced.clear();
        folder.entries.clear();
        folder.entries.putAll(folder.durable);
        for (Node node : folder.entries.values()) {
            if (node instanceof Folder below) {
                losePower(below);
            } else if (node instanceof Data data) {
                losePower(data);
            }
        }
    }

    private void losePower(Data data) {
        int kept = data.unforced.isEmpty() ? 0 : random.nextInt(data.unforced.size() + 1);
        boolean holes = random.nextInt(10) == 0;
        byte[] bytes = data.durable;
        for (int i = 0; i < kept; i++) {
            Change change = data.unforced.get(i);
            boolean last = i == kept - 1;
            if (change.bytes() != null && last && random.nextBoolean()) {
                change = new Change(
                        change.position(), Arrays.copyOf(change.bytes(), random.nextInt(change.bytes().length + 1)));
            } else if (change.bytes() != null && !last && holes && random.nextInt(3) == 0) {
                change = new Change(change.position(), new byte[change.bytes().length]);
            }
            bytes = change.apply(bytes);
        }
        data.bytes = bytes;
        data.durable = bytes;
        data.unforced.clear();
    }

    /**
     * Operation {@code n} from now fails.
     *
     * @param dies all that come later fail too
     */
    void failIn(int n, boolean dies) {
        failAt = operations + n;
        diesWhenItFails = dies;
    }

    /** Nothing can be written, created or renamed. */
    void full(boolean now) {
        full = now;
    }

    private void needsSpace(String operation) throws IOException {
        check(operation);
        if (full) {
            throw new IOException("No space left on device, injected: " + operation);
        }
    }

    @Override
    public long usableSpace(Path directory) {
        return 1 << 30;
    }

    @Override
    public long totalSpace(Path directory) {
        return 1 << 30;
    }

    void heal() {
        failAt = Integer.MAX_VALUE;
    }

    /** The operation that has failed. */
    @Nullable
    String failed() {
        return failed;
    }

    /** @return true when the operation is to fail */
    private boolean fails(String operation) throws IOException {
        if (dead) {
            throw new IOException("injected: dead since " + failed);
        }
        if (operations++ != failAt) {
            return false;
        }
        failed = operation;
        dead = diesWhenItFails;
        return true;
    }

    private void check(String operation) throws IOException {
        if (fails(operation)) {
            throw new IOException("injected: " + operation);
        }
    }

    // ---- paths

    private Folder parent(Path path) {
        Folder folder = root;
        for (int i = 0; i < path.getNameCount() - 1; i++) {
            Node next = folder.entries.get(path.getName(i).toString());
            if (next instanceof Folder below) {
                folder = below;
            } else {
                Folder created = new Folder();
                folder.set(path.getName(i).toString(), created);
                folder.sync();
                folder = created;
            }
        }
        return folder;
    }

    private static String name(Path path) {
        return path.getFileName().toString();
    }

    private @Nullable Node find(Path path) {
        return parent(path).entries.get(name(path));
    }

    private Data data(Path path) throws IOException {
        if (find(path) instanceof Data data) {
            return data;
        }
        throw new NoSuchFileException(path.toString());
    }

    private Folder folder(Path path) throws IOException {
        if (find(path) instanceof Folder folder) {
            return folder;
        }
        throw new NoSuchFileException(path.toString());
    }

    /** All files with their sizes, for a failure's message. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        describe(root, "", text);
        return text.toString();
    }

    private static void describe(Folder folder, String path, StringBuilder into) {
        folder.entries.forEach((name, node) -> {
            if (node instanceof Folder below) {
                describe(below, path + "/" + name, into);
            } else if (node instanceof Data data) {
                into.append(path)
                        .append('/')
                        .append(name)
                        .append(' ')
                        .append(data.bytes.length)
                        .append(", ");
            }
        });
    }

    // ---- operations

    @Override
    public FileChannel open(Path file, OpenOption... options) throws IOException {
        check("open " + file);
        Set<OpenOption> how = Set.of(options);
        Node found = find(file);
        if (found == null && how.contains(StandardOpenOption.CREATE)) {
            if (full) {
                throw new IOException("No space left on device, injected: create " + file);
            }
            found = new Data();
            parent(file).set(name(file), found);
        }
        if (!(found instanceof Data data)) {
            throw new NoSuchFileException(file.toString());
        }
        if (how.contains(StandardOpenOption.TRUNCATE_EXISTING)) {
            data.change(new Change(0, null));
        }
        return new Channel(file, data, generation);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        needsSpace("move " + from);
        if (find(from) == null) {
            throw new NoSuchFileException(from.toString());
        }
        if (parent(from) != parent(to)) {
            throw new IOException("not in one folder: " + from + ", " + to);
        }
        parent(from).move(name(from), name(to));
    }

    @Override
    public void delete(Path file) throws IOException {
        check("delete " + file);
        Node found = find(file);
        if (found instanceof Folder folder && !folder.entries.isEmpty()) {
            throw new IOException("not empty: " + file);
        }
        if (found != null) {
            parent(file).set(name(file), null);
        }
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        needsSpace("create " + directory);
        if (find(directory) == null) {
            parent(directory).set(name(directory), new Folder());
        }
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        check("sync " + directory);
        folder(directory).sync();
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        check("list " + directory);
        return folder(directory).entries.keySet().stream()
                .map(directory::resolve)
                .toList();
    }

    @Override
    public boolean exists(Path path) {
        return find(path) != null;
    }

    @Override
    public boolean isDirectory(Path path) {
        return find(path) instanceof Folder;
    }

    @Override
    public long size(Path file) throws IOException {
        check("size of " + file);
        return data(file).bytes.length;
    }

    @Override
    public long lastModified(Path file) throws IOException {
        check("time of " + file);
        data(file);
        return 1_000_000;
    }

    private Channel channel(FileChannel channel) throws IOException {
        Channel ours = (Channel) channel;
        if (!ours.isOpen()) {
            throw new IOException("closed: " + ours.path);
        }
        if (ours.generation != generation) {
            throw new IOException("a process that is dead writes to " + ours.path);
        }
        return ours;
    }

    @Override
    public void force(FileChannel channel, boolean metadata) throws IOException {
        Channel ours = channel(channel);
        check("force " + ours.path);
        ours.data.force();
    }

    @Override
    public void write(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        Channel ours = channel(channel);
        boolean fails = fails("write " + ours.path);
        byte[] written = new byte[fails || full ? bytes.remaining() / 2 : bytes.remaining()];
        bytes.get(written);
        ours.data.change(new Change((int) position, written));
        if (full) {
            throw new IOException("No space left on device, injected: write " + ours.path);
        }
        if (fails) {
            throw new IOException("injected: no space left on device, writing " + ours.path);
        }
    }

    @Override
    public void read(FileChannel channel, ByteBuffer into, long position) throws IOException {
        Channel ours = channel(channel);
        check("read " + ours.path);
        byte[] bytes = ours.data.bytes;
        if (position < bytes.length) {
            into.put(bytes, (int) position, (int) Math.min(into.remaining(), bytes.length - position));
        }
    }

    @Override
    public void truncate(FileChannel channel, long size) throws IOException {
        Channel ours = channel(channel);
        check("truncate " + ours.path);
        ours.data.change(new Change((int) size, null));
    }

    @Override
    public FileLock tryLock(FileChannel channel) throws IOException {
        check("lock " + channel(channel).path);
        return new FileLock(channel, 0, Long.MAX_VALUE, false) {
            @Override
            public boolean isValid() {
                return true;
            }

            @Override
            public void release() {}
        };
    }

    /** Only a handle: everything is done through {@link LogFiles}. */
    private static final class Channel extends UnusableChannel {
        final Path path;
        final Data data;
        final int generation;

        Channel(Path path, Data data, int generation) {
            this.path = path;
            this.data = data;
            this.generation = generation;
        }
    }
}
