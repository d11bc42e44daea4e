/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.checkpoint;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A small text file that grows line by line and is replaced as a whole now and then. First line: {@code klamm <kind> <version>};
 * then each line begins with the CRC32C of what follows in it. An appended line outlives the process at once, and a loss of power once it
 * has been forced; lines that were forced are never written to again. Thread-safe.
 */
public final class JournalFile {
    private static final int MAX_BYTES = 256 << 20;
    private static final int CRC_DIGITS = 8;

    private final LogFiles files;
    private final Path path;
    private final String firstLine;
    /** Bytes up to the end of the last good line, -1 before the file was read. */
    private long size = -1;
    /** There are bytes behind {@link #size} that are no good. */
    private boolean tail;

    private boolean forced;
    private boolean entryForced;
    private int lines;

    public JournalFile(LogFiles files, Path path, String kind, int version) {
        this.files = files;
        this.path = path;
        this.firstLine = "klamm " + kind + " " + version;
    }

    /**
     * What was found.
     *
     * @param lines the good ones before the first bad one
     * @param whole nothing follows them, but for the beginning of a line that nobody has been told is written
     * @param torn there is such a beginning
     */
    public record Content(List<String> lines, boolean whole, boolean torn) {}

    public Path path() {
        return path;
    }

    /** Number of lines in the file; it grows until the next {@link #replace}. */
    public synchronized int lines() {
        return lines;
    }

    /** @return null when there is no such file; of what there is nobody knows whether it has been forced */
    public synchronized @Nullable Content read() throws IOException {
        size = 0;
        lines = 0;
        forced = false;
        entryForced = false;
        tail = false;
        if (!files.exists(path)) {
            forced = true; // nothing
            return null;
        }
        byte[] bytes = readAll();
        List<String> good = new ArrayList<>();
        int end = lineEnd(bytes, 0);
        if (end < 0 && firstLine.startsWith(new String(bytes, StandardCharsets.UTF_8))) {
            tail = true;
            return new Content(List.of(), true, true);
        }
        if (end < 0 || !new String(bytes, 0, end, StandardCharsets.UTF_8).equals(firstLine)) {
            tail = true;
            return new Content(List.of(), false, false);
        }
        int at = end + 1;
        for (end = lineEnd(bytes, at); end >= 0; end = lineEnd(bytes, at)) {
            String line = checked(bytes, at, end);
            if (line == null) {
                break;
            }
            good.add(line);
            at = end + 1;
        }
        size = at;
        lines = good.size();
        tail = at < bytes.length;
        boolean whole = lineEnd(bytes, at) < 0;
        return new Content(good, whole, whole && tail);
    }

    /** Bytes up to the end of the last good line; 0 when there is no file, or it was never read. */
    public synchronized long size() {
        return Math.max(0, size);
    }

    /** Reads a file that exists, whatever is in it. Changes nothing. */
    public static CheckpointFile.Content inspect(LogFiles files, Path path) throws IOException {
        byte[] bytes = new JournalFile(files, path, "", 0).readAll();
        int end = lineEnd(bytes, 0);
        if (end < 0) {
            return new CheckpointFile.Content("", List.of(), bytes.length == 0 ? "empty" : "no first line");
        }
        String firstLine = new String(bytes, 0, end, StandardCharsets.UTF_8);
        List<String> good = new ArrayList<>();
        int at = end + 1;
        for (end = lineEnd(bytes, at); end >= 0; end = lineEnd(bytes, at)) {
            String line = checked(bytes, at, end);
            if (line == null) {
                return new CheckpointFile.Content(
                        firstLine, good, "wrong check sum in line " + (good.size() + 2) + ", at byte " + at);
            }
            good.add(line);
            at = end + 1;
        }
        String problem = firstLine.startsWith("klamm ") ? null : "first line is none of ours";
        return new CheckpointFile.Content(
                firstLine, good, at < bytes.length ? (bytes.length - at) + " bytes of a line cut short" : problem);
    }

    private byte[] readAll() throws IOException {
        long length = Math.min(MAX_BYTES, files.size(path));
        ByteBuffer in = ByteBuffer.allocate((int) length);
        try (FileChannel channel = files.open(path, StandardOpenOption.READ)) {
            files.read(channel, in, 0);
        }
        byte[] bytes = new byte[in.position()];
        in.flip().get(bytes);
        return bytes;
    }

    private static int lineEnd(byte[] bytes, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private static @Nullable String checked(byte[] bytes, int from, int end) {
        int start = from + CRC_DIGITS + 1;
        if (start > end) {
            return null;
        }
        String crc = new String(bytes, from, CRC_DIGITS + 1, StandardCharsets.UTF_8);
        return crc.equals(crc(bytes, start, end) + " ")
                ? new String(bytes, start, end - start, StandardCharsets.UTF_8)
                : null;
    }

    private static String crc(byte[] bytes, int from, int to) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, to - from);
        String digits = Long.toHexString(crc.getValue());
        return "0".repeat(CRC_DIGITS - digits.length()) + digits;
    }

    /** Adds lines; not forced. Creates the file if need be. */
    public synchronized void append(List<String> more) throws IOException {
        if (!more.isEmpty()) {
            write(more, false);
        }
    }

    /** Adds lines, none perhaps, and forces them and all before. */
    public synchronized void appendForced(List<String> more) throws IOException {
        if (!more.isEmpty() || !forced) {
            write(more, true);
        }
    }

    private void write(List<String> more, boolean force) throws IOException {
        if (size < 0) {
            read();
        }
        ByteBuffer out = encode(size == 0, more);
        int length = out.remaining();
        try (FileChannel channel = files.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            if (tail) {
                files.truncate(channel, size);
            }
            tail = true; // until all of it is there
            files.write(channel, out, size);
            if (force) {
                files.force(channel, true);
            }
        }
        size += length;
        lines += more.size();
        tail = false;
        forced = force;
        if (force && !entryForced) {
            syncFolder();
            entryForced = true;
        }
    }

    private void syncFolder() throws IOException {
        Path folder = path.getParent();
        if (folder != null) {
            files.syncDirectory(folder);
        }
    }

    private ByteBuffer encode(boolean first, List<String> content) {
        StringBuilder text = new StringBuilder();
        if (first) {
            text.append(firstLine).append('\n');
        }
        for (String line : content) {
            byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
            text.append(crc(bytes, 0, bytes.length)).append(' ').append(line).append('\n');
        }
        return ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Replaces the content; on disk when this returns. */
    public synchronized void replace(List<String> content) throws IOException {
        Path temporary = path.resolveSibling(path.getFileName() + CheckpointFile.TEMPORARY_SUFFIX);
        ByteBuffer out = encode(true, content);
        int length = out.remaining();
        try (FileChannel channel = files.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            files.write(channel, out, 0);
            files.force(channel, true);
        }
        files.rename(temporary, path);
        size = length;
        lines = content.size();
        tail = false;
        forced = true;
        entryForced = true;
    }
}
