/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.FactCodec;
import io.klamm.metadata.image.MetadataImage;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.SizeInBytes;

/**
 * Reads what a voter has on disk, for people: the snapshot that its log follows, if the log does not go back to the
 * beginning, and then every entry of the log. Changes nothing and takes no lock, so the voter may be running: then the
 * last entries may be missing, and the very last ones may not be committed yet.
 */
public final class MetadataDumpReader {
    private static final Pattern CLOSED = Pattern.compile("log_(\\d+)-(\\d+)");
    private static final Pattern OPEN = Pattern.compile("log_inprogress_(\\d+)");
    private static final SizeInBytes MAX_ENTRY = SizeInBytes.valueOf(RaftSettings.MAX_ENTRY_BYTES + (1L << 20));
    /** How often a running voter may rename or purge the file at hand before we give up. */
    private static final int MAX_RACES = 20;

    private final Path raftGroup;
    private final Sink sink;
    private long nextIndex;
    private long nextOffset;

    /** Gets what is read, in order. */
    public interface Sink {
        /**
         * The state that what follows builds on. Comes first or not at all, unless the voter runs and purges its log while
         * it is read: then it comes again, and replaces what came before.
         */
        void snapshot(SnapshotId id, long raftTerm, long raftIndex, MetadataImage image);

        /**
         * A batch of facts.
         *
         * @param applied false when every voter drops it, since it was decided for another term or offset
         */
        void batch(long raftTerm, long raftIndex, FactBatch batch, boolean applied);

        /** A barrier of the controller, or an entry of Raft's own ("configuration ..."). */
        void other(long raftTerm, long raftIndex, String what);
    }

    private record Segment(Path file, long first, boolean open) {}

    private MetadataDumpReader(Path raftGroup, Sink sink) {
        this.raftGroup = raftGroup;
        this.sink = sink;
    }

    /**
     * Reads a voter's directory.
     *
     * @param directory the voter's directory, or the one above it (metadata.log.dir)
     * @throws IOException with one line for the user when there is no voter, or it is damaged
     * @throws io.klamm.metadata.fact.FactFormatException when facts are damaged or newer than this program
     */
    public static void read(Path directory, Sink sink) throws IOException {
        new MetadataDumpReader(findGroup(directory), sink).run();
    }

    private static Path findGroup(Path directory) throws IOException {
        List<Path> found = new ArrayList<>();
        List<Path> candidates = new ArrayList<>(List.of(directory));
        candidates.addAll(directories(directory));
        for (Path candidate : candidates) {
            for (Path group : directories(candidate.resolve("raft"))) {
                if (Files.isRegularFile(group.resolve("current").resolve("raft-meta"))) {
                    found.add(group);
                }
            }
        }
        if (found.size() != 1) {
            throw new IOException(
                    found.isEmpty()
                            ? "no metadata log of a voter in " + directory
                            : "more than one metadata log in " + directory + ": " + found);
        }
        return found.get(0);
    }

    private static List<Path> directories(Path parent) throws IOException {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(parent)) {
            try (DirectoryStream<Path> children = Files.newDirectoryStream(parent, Files::isDirectory)) {
                children.forEach(found::add);
            }
        }
        return found;
    }

    private void run() throws IOException {
        for (int race = 0; ; race++) {
            try {
                while (step()) {
                    // to the end
                }
                return;
            } catch (NoSuchFileException e) {
                if (race == MAX_RACES) {
                    throw e;
                }
            }
        }
    }

    /** Reads the snapshot or the segment that holds what comes next; false at the end. */
    private boolean step() throws IOException {
        List<Segment> segments = segments();
        if (segments.isEmpty() || segments.get(0).first > nextIndex) {
            boolean found = readSnapshot(segments.isEmpty() ? Long.MAX_VALUE : segments.get(0).first);
            if (!found && !segments.isEmpty()) {
                throw new IOException("the log in " + raftGroup + " starts at entry " + segments.get(0).first
                        + " and there is no snapshot of what was before");
            }
            return found;
        }
        Segment at = segments.get(0);
        for (Segment segment : segments) {
            if (segment.first <= nextIndex) {
                at = segment;
            }
        }
        long before = nextIndex;
        readSegment(at);
        return !at.open && nextIndex > before;
    }

    /** Takes the oldest snapshot that the log follows without a gap, else the newest. */
    private boolean readSnapshot(long logStart) throws IOException {
        Path directory = raftGroup.resolve("sm");
        List<SnapshotStore.Stored> newestFirst =
                Files.isDirectory(directory) ? SnapshotStore.list(directory) : List.of();
        SnapshotStore.Stored base = null;
        for (SnapshotStore.Stored stored : newestFirst) {
            long index = stored.raft().getIndex();
            if (index >= nextIndex && (base == null || index + 1 >= logStart)) {
                base = stored;
            }
        }
        if (base == null) {
            return false;
        }
        MetadataImage image = SnapshotStore.read(base);
        sink.snapshot(base.id(), base.raft().getTerm(), base.raft().getIndex(), image);
        nextIndex = base.raft().getIndex() + 1;
        nextOffset = image.endOffset();
        return true;
    }

    private List<Segment> segments() throws IOException {
        List<Segment> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(raftGroup.resolve("current"), "log_*")) {
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                Matcher closed = CLOSED.matcher(name);
                Matcher open = OPEN.matcher(name);
                if (closed.matches()) {
                    found.add(new Segment(file, Long.parseLong(closed.group(1)), false));
                } else if (open.matches()) {
                    found.add(new Segment(file, Long.parseLong(open.group(1)), true));
                }
            }
        }
        found.sort(Comparator.comparingLong(Segment::first));
        return found;
    }

    private void readSegment(Segment segment) throws IOException {
        LogSegmentPath path = LogSegmentPath.matchLogSegment(segment.file);
        if (path == null || !Files.exists(segment.file)) {
            throw new NoSuchFileException(segment.file.toString());
        }
        try {
            LogSegment.readSegmentFile(
                    segment.file.toFile(),
                    path.getStartEnd(),
                    MAX_ENTRY,
                    CorruptionPolicy.EXCEPTION,
                    null,
                    this::entry);
        } catch (IOException e) {
            if (!Files.exists(segment.file)) {
                throw new NoSuchFileException(segment.file.toString());
            }
            if (!segment.open) { // the open one may end in what is being written
                throw new IOException("segment " + segment.file + " is damaged: " + e.getMessage(), e);
            }
        }
    }

    private void entry(LogEntryProto entry) {
        if (entry.getIndex() < nextIndex) {
            return;
        }
        nextIndex = entry.getIndex() + 1;
        if (!entry.hasStateMachineLogEntry()) {
            String what = entry.hasConfigurationEntry()
                    ? "configuration "
                            + entry.getConfigurationEntry().getPeersList().stream()
                                    .map(peer -> peer.getId().toStringUtf8() + '@' + peer.getAddress())
                                    .toList()
                    : "metadata";
            sink.other(entry.getTerm(), entry.getIndex(), what);
            return;
        }
        ByteString data = entry.getStateMachineLogEntry().getLogData();
        if (LogEntry.isBarrier(data)) {
            sink.other(entry.getTerm(), entry.getIndex(), "barrier");
            return;
        }
        FactBatch batch = FactCodec.decode(data.asReadOnlyByteBuffer());
        boolean applied = LogEntry.applies(batch, entry.getTerm(), nextOffset);
        if (applied) {
            nextOffset = batch.endOffset();
        }
        sink.batch(entry.getTerm(), entry.getIndex(), batch, applied);
    }
}
