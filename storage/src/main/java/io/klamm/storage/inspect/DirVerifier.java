/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.inspect;

import io.klamm.storage.checkpoint.CheckpointFile;
import io.klamm.storage.inspect.LogVerifier.DirUse;
import io.klamm.storage.io.LogFiles;
import io.klamm.storage.log.LogCheckpoints;
import io.klamm.storage.log.LogFileKind;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks a log dir, or the folder of one log in it, in use or not. Reads only.
 *
 * <p>While a node runs on the dir, files change under the reader: a tail is half written, a segment is deleted, a checkpoint moves. What
 * looks wrong in a log, or in the files of the dir itself, is therefore looked at again, with pauses that grow, and reported when every look has found it. That a node runs is
 * known from the kernel's list of locks ({@link DirLock}), or from the caller.
 */
public final class DirVerifier {
    private static final int LOOKS = 5;
    /** What a node is about to do, such as writing the index of a segment that has just rolled, is done within the pauses together. */
    private static final long SHORTEST_PAUSE_MS = 50;
    /** Looks at a log that may be made in vain. */
    private static final int MAX_CUT_SHORT = 20;

    private static final String STRAY = "-stray";
    /** Of the metadata quorum, when it shares the dir. */
    private static final String METADATA_FOLDER = "__cluster_metadata-0";

    private static final String KAFKA_FILE = "meta.properties";

    private final LogFiles files;
    private final Progress progress;

    /** Told while the check goes on. */
    public interface Progress {
        /** @param totalBytes of the segments of all logs there are */
        void starts(int logs, long totalBytes);

        void log(Path folder);

        void bytes(long more);

        /** Waits before the next look at a log in which something seems wrong. */
        void pause(long ms);
    }

    /** The result of a check. */
    public record Report(
            OptionalLong usedBy,
            int logs,
            int segments,
            long batches,
            long records,
            long bytes,
            List<Finding> findings) {
        public Report {
            findings = List.copyOf(findings);
        }

        /** Whether there is nothing worse than a note. */
        public boolean isSound() {
            return findings.stream().allMatch(finding -> finding.severity() == Finding.Severity.NOTE);
        }
    }

    public DirVerifier(LogFiles files, Progress progress) {
        this.files = files;
        this.progress = progress;
    }

    /**
     * @param path a log dir, or the folder of one log
     * @param assumeLive treat it as in use even when no lock is known to be held
     * @throws IOException when it cannot be read, or is neither
     */
    public Report verify(Path path, boolean assumeLive) throws IOException {
        Path absolute = path.toAbsolutePath().normalize();
        List<Path> entries = files.list(absolute);
        boolean log = isLog(absolute, entries);
        Path parent = absolute.getParent();
        Path dir = log && parent != null ? parent : absolute;
        if (!log && !isLogDir(entries)) {
            throw new IOException("neither a log dir nor the folder of a log: " + path);
        }
        OptionalLong holder = DirLock.holder(dir.resolve(LogFileKind.LOCK_FILE));
        boolean live = assumeLive || holder.isPresent();
        List<Finding> findings = new ArrayList<>();
        if (!log) {
            repeatedly(dir, live, findings, (look, found) -> {
                checkDirFiles(look == 1 ? entries : files.list(dir), live, found);
                return true;
            });
        }
        List<Path> folders = log ? List.of(absolute) : logFolders(entries);
        progress.starts(folders.size(), totalBytes(folders));
        DirUse use = new DirUse(live, files.exists(dir.resolve(LogFileKind.CLEAN_STOP_FILE)));
        int logs = 0;
        int segments = 0;
        long batches = 0;
        long records = 0;
        long bytes = 0;
        for (Path folder : folders) {
            progress.log(folder);
            LogVerifier.Totals totals = verifyLog(dir, folder, use, findings);
            if (totals != null) {
                logs++;
                segments += totals.segments();
                batches += totals.batches();
                records += totals.records();
                bytes += totals.bytes();
            }
        }
        return new Report(holder, logs, segments, batches, records, bytes, findings);
    }

    private static boolean isLog(Path folder, List<Path> entries) {
        return LogCheckpoints.isLogName(String.valueOf(folder.getFileName()))
                && !isLogDir(entries)
                && entries.stream()
                        .map(LogFileKind::of)
                        .anyMatch(kind -> kind == LogFileKind.SEGMENT || kind == LogFileKind.PARTITION);
    }

    private static boolean isLogDir(List<Path> entries) {
        return entries.stream()
                .map(LogFileKind::of)
                .anyMatch(kind -> kind == LogFileKind.IDENTITY || kind == LogFileKind.RECOVERY_POINTS);
    }

    private List<Path> logFolders(List<Path> entries) {
        return entries.stream()
                .filter(entry -> files.isDirectory(entry)
                        && LogCheckpoints.isLogName(String.valueOf(entry.getFileName()))
                        && !METADATA_FOLDER.equals(String.valueOf(entry.getFileName())))
                .toList();
    }

    private long totalBytes(List<Path> folders) {
        return folders.stream().mapToLong(this::segmentBytes).sum();
    }

    /** An estimate: what cannot be read counts as nothing here, and the check itself will say so. */
    private long segmentBytes(Path folder) {
        try {
            long sum = 0;
            for (Path file : files.list(folder)) {
                sum += LogFileKind.of(file) == LogFileKind.SEGMENT ? files.size(file) : 0;
            }
            return sum;
        } catch (IOException e) {
            return 0;
        }
    }

    /** @return null when the log is gone */
    private LogVerifier.@Nullable Totals verifyLog(Path dir, Path folder, DirUse use, List<Finding> findings)
            throws IOException {
        return repeatedly(folder, use.live(), findings, (look, found) -> {
            LogCheckpoints checkpoints = LogCheckpoints.read(files, dir, folder);
            LongConsumer bytes = look == 1 ? progress::bytes : more -> {};
            return new LogVerifier(files, folder, checkpoints, use, found, bytes).run();
        });
    }

    /** One look at something. */
    private interface Look<T> {
        /** @param number from 1; again the same after one that was cut short */
        T run(int number, Finding.Sink found) throws IOException;
    }

    /**
     * Looks as often as it takes to tell what is wrong from what is being changed.
     *
     * @return what the last look has seen, null when the folder is gone or cannot be read
     */
    private <T> @Nullable T repeatedly(Path folder, boolean live, List<Finding> findings, Look<T> what)
            throws IOException {
        List<Finding> standing = null;
        T seen = null;
        int cutShort = 0;
        for (int look = 1; ; look++) {
            List<Finding> found = new ArrayList<>();
            try {
                seen = what.run(look, found::add);
            } catch (IOException e) {
                if (live && !files.exists(folder)) {
                    return null; // deleted meanwhile
                }
                if (live && cutShort++ < MAX_CUT_SHORT) {
                    look--; // files that were deleted or cut while they were read
                    continue;
                }
                found.add(new Finding(
                        Finding.Severity.DAMAGE, folder, Finding.NONE, Finding.NONE, "cannot be read: " + e));
            }
            List<Finding> serious = found.stream()
                    .filter(finding -> finding.severity() != Finding.Severity.NOTE)
                    .toList();
            if (standing == null) {
                standing = new ArrayList<>(serious);
            } else {
                standing.retainAll(serious);
            }
            if (standing.isEmpty() || !live || look == LOOKS) {
                found.removeAll(serious);
                findings.addAll(standing);
                findings.addAll(found);
                return seen;
            }
            progress.pause(SHORTEST_PAUSE_MS << look);
        }
    }

    private void checkDirFiles(List<Path> entries, boolean live, Finding.Sink findings) throws IOException {
        boolean identity = false;
        for (Path entry : entries) {
            String name = String.valueOf(entry.getFileName());
            LogFileKind kind = LogFileKind.of(entry);
            identity |= kind == LogFileKind.IDENTITY;
            if (files.isDirectory(entry)) {
                checkFolderName(entry, name, live, findings);
            } else if (name.equals(KAFKA_FILE)) {
                findings.damage(
                        entry,
                        Finding.NONE,
                        Finding.NONE,
                        "this dir was formatted by Apache Kafka: the node refuses it");
            } else if (kind.isText()) {
                CheckpointFile.Content content;
                try {
                    content = kind.readText(files, entry);
                } catch (NoSuchFileException e) {
                    if (live) {
                        continue; // deleted since it was listed
                    }
                    throw e;
                }
                if (content.problem() != null && kind == LogFileKind.IDENTITY) {
                    findings.damage(
                            entry, Finding.NONE, Finding.NONE, content.problem() + ": the node refuses to start");
                } else if (content.problem() != null) {
                    findings.repairable(
                            entry,
                            Finding.NONE,
                            Finding.NONE,
                            content.problem() + ": counts as missing at the next start");
                }
            } else if (kind == LogFileKind.TEMPORARY && !live) {
                findings.note(
                        entry, Finding.NONE, Finding.NONE, "left over: overwritten when its file is written next");
            } else if (kind == LogFileKind.UNKNOWN) {
                findings.note(entry, Finding.NONE, Finding.NONE, "is no file of a log dir: left alone");
            }
        }
        if (!identity) {
            findings.damage(
                    entries.get(0).resolveSibling(LogFileKind.IDENTITY_FILE),
                    Finding.NONE,
                    Finding.NONE,
                    "missing: the node would take the dir for a new one");
        }
    }

    private static void checkFolderName(Path entry, String name, boolean live, Finding.Sink findings) {
        if (name.endsWith(STRAY)) {
            findings.note(entry, Finding.NONE, Finding.NONE, "set aside: delete it when its data is not needed");
        } else if (LogFileKind.of(entry) == LogFileKind.DELETED) {
            if (!live) {
                findings.note(entry, Finding.NONE, Finding.NONE, "left over: deleted at the next start");
            }
        } else if (!LogCheckpoints.isLogName(name)) {
            findings.note(entry, Finding.NONE, Finding.NONE, "is no log's folder: left alone");
        }
    }
}
