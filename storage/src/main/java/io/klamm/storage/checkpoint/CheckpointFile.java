/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.checkpoint;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A small text file, replaced as a whole: a temporary file is written, forced and renamed. First line: {@code klamm <kind>
 * <version>}; last line: {@code crc <hex>} over everything before it. What is torn or damaged reads as absent.
 */
public final class CheckpointFile {
    public static final String TEMPORARY_SUFFIX = ".tmp";
    private static final int MAX_BYTES = 256 << 20;

    private final LogFiles files;
    private final Path path;
    private final String firstLine;

    public CheckpointFile(LogFiles files, Path path, String kind, int version) {
        this.files = files;
        this.path = path;
        this.firstLine = "klamm " + kind + " " + version;
    }

    public Path path() {
        return path;
    }

    public boolean exists() {
        return files.exists(path);
    }

    /** Replaces the content; on disk when this returns. */
    public synchronized void write(List<String> lines) throws IOException {
        Path temporary = path.resolveSibling(path.getFileName() + TEMPORARY_SUFFIX);
        writeTo(temporary, lines, true);
        files.rename(temporary, path);
    }

    /** Writes a file that does not exist yet, without forcing it: a crash may tear it or lose it. */
    public synchronized void writeUnforced(List<String> lines) throws IOException {
        writeTo(path, lines, false);
    }

    /** Forces the file's content to disk, not its folder's. */
    public synchronized void force() throws IOException {
        try (FileChannel channel = files.open(path, StandardOpenOption.WRITE)) {
            files.force(channel, true);
        }
    }

    private void writeTo(Path target, List<String> lines, boolean force) throws IOException {
        StringBuilder text = new StringBuilder(firstLine).append('\n');
        for (String line : lines) {
            text.append(line).append('\n');
        }
        byte[] body = text.toString().getBytes(StandardCharsets.UTF_8);
        byte[] last = ("crc " + Integer.toHexString(crc(body, body.length)) + "\n").getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(body.length + last.length)
                .put(body)
                .put(last)
                .flip();
        try (FileChannel channel = files.open(
                target, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            files.write(channel, out, 0);
            if (force) {
                files.force(channel, true);
            }
        }
    }

    /** @return the lines, or null when there is no such file or it is damaged or of another version */
    public synchronized @Nullable List<String> read() throws IOException {
        if (!files.exists(path)) {
            return null;
        }
        Content content = inspect(files, path);
        return content.problem() == null && content.firstLine().equals(firstLine) ? content.lines() : null;
    }

    /**
     * A checkpoint file of any kind as it was found.
     *
     * @param firstLine {@code klamm <kind> <version>} when it is one of ours
     * @param lines between the first and the check sum, believed or not
     * @param problem what is wrong with it, null when it is whole
     */
    public record Content(
            String firstLine, List<String> lines, @Nullable String problem) {}

    /** Reads a file that exists, whatever is in it. Changes nothing. */
    public static Content inspect(LogFiles files, Path path) throws IOException {
        byte[] bytes;
        long size = files.size(path);
        if (size > MAX_BYTES) {
            return new Content("", List.of(), size + " bytes, more than " + MAX_BYTES);
        }
        try (FileChannel channel = files.open(path, StandardOpenOption.READ)) {
            ByteBuffer in = ByteBuffer.allocate((int) size);
            files.read(channel, in, 0);
            bytes = new byte[in.position()];
            in.flip().get(bytes);
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        int end = text.lastIndexOf("\ncrc ");
        if (end < 0 || !text.endsWith("\n")) {
            return content(text, bytes.length == 0 ? "empty" : "no check sum in the last line: cut short");
        }
        String body = text.substring(0, end + 1);
        byte[] covered = body.getBytes(StandardCharsets.UTF_8);
        String stored = text.substring(end + 5, text.length() - 1);
        String expected = Integer.toHexString(crc(covered, covered.length));
        return content(body, stored.equals(expected) ? null : "check sum " + stored + " where " + expected + " fits");
    }

    private static Content content(String body, @Nullable String problem) {
        List<String> lines = body.lines().toList();
        return lines.isEmpty()
                ? new Content("", List.of(), problem == null ? "empty" : problem)
                : new Content(lines.get(0), lines.subList(1, lines.size()), problem);
    }

    public void delete() throws IOException {
        files.delete(path);
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
