/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.FactCodec;
import io.klamm.metadata.fact.FactFormatException;
import io.klamm.metadata.image.ImagePublisher;
import io.klamm.metadata.image.MetadataDelta;
import io.klamm.metadata.image.MetadataImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.proto.RaftProtos;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies the metadata log: one image after the other.
 *
 * <p>A batch is applied only if it was decided in the very term of the Raft entry that carries it, and for the very offset
 * that comes next; else it is dropped, here and on every other voter alike. So a batch that was submitted by a deposed
 * leader, late, or twice does nothing.
 *
 * <p>Ratis calls from one thread (apply, snapshots, reinitialize), except {@link #pause} and the leader events. The image
 * changes only under {@code this}; {@link #image()} may be read by anyone. Failure to apply is fatal: a voter that skipped
 * an entry would be a different cluster.
 */
final class MetadataStateMachine extends BaseStateMachine {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataStateMachine.class);

    private final ImagePublisher publisher;
    private final AppliedHistory history;
    private final Events events;
    private final SnapshotStore snapshots = new SnapshotStore();
    private volatile MetadataImage image = MetadataImage.EMPTY;
    private boolean identityChecked;
    private long configurationTerm;
    private volatile RaftProtos.@Nullable RaftConfigurationProto configuration;

    /** What the state machine tells its voter. Calls return soon and do not call back into Ratis. */
    interface Events {
        /** The first image with facts in it, and each with other voters, before it is published. Throws to end this voter. */
        void votersApplied(MetadataImage image) throws IOException;

        /** All entries before the start of {@code term}, in which this voter leads, have been applied. */
        void leaderReady(int term);

        void notLeader();

        /** This voter cannot go on. */
        void fatal(String message, @Nullable Throwable cause);
    }

    MetadataStateMachine(ImagePublisher publisher, AppliedHistory history, Events events) {
        this.publisher = publisher;
        this.history = history;
        this.events = events;
    }

    MetadataImage image() {
        return image;
    }

    SnapshotStore snapshots() {
        return snapshots;
    }

    @Override
    public void initialize(RaftServer server, RaftGroupId groupId, RaftStorage storage) throws IOException {
        super.initialize(server, groupId, storage);
        getLifeCycle()
                .startAndTransition(
                        () -> {
                            snapshots.init(storage);
                            load();
                        },
                        IOException.class);
    }

    /** Ratis has put a snapshot of the leader into the snapshot directory. */
    @Override
    public void reinitialize() throws IOException {
        getLifeCycle()
                .startAndTransition(
                        () -> {
                            snapshots.reload();
                            load();
                        },
                        IOException.class);
    }

    private synchronized void load() throws IOException {
        SnapshotStore.Stored stored = snapshots.latest();
        if (stored == null) {
            return;
        }
        try {
            SnapshotStore.sync(stored);
            MetadataImage loaded = SnapshotStore.read(stored);
            SnapshotId found = new SnapshotId(loaded.endOffset(), loaded.term());
            if (!found.equals(stored.id())) {
                throw new FactFormatException("it holds " + found);
            }
            install(MetadataDelta.between(image, loaded));
            history.snapshotReached(found);
            setLastAppliedTermIndex(stored.raft());
        } catch (QuorumStartException e) {
            events.fatal(String.valueOf(e.getMessage()), e); // this voter is none any more
            throw e;
        } catch (IOException | RuntimeException e) {
            String message = "metadata snapshot " + stored.file() + " cannot be loaded: " + e.getMessage();
            events.fatal(message, e);
            throw new IOException(message, e);
        }
    }

    private void install(MetadataDelta delta) throws IOException {
        boolean first = !identityChecked && delta.to().endOffset() > 0;
        if (first || !delta.to().voters().equals(delta.from().voters())) {
            events.votersApplied(delta.to());
            identityChecked = true;
        }
        image = delta.to();
        publisher.publish(delta);
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        RaftProtos.LogEntryProto entry = transaction.getLogEntry();
        try {
            Message reply =
                    apply(entry.getTerm(), entry.getStateMachineLogEntry().getLogData());
            updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
            if (history.wantsSnapshot()) {
                takeSnapshot();
            }
            return CompletableFuture.completedFuture(reply);
        } catch (QuorumStartException e) {
            events.fatal(String.valueOf(e.getMessage()), e); // this voter is none any more
            throw e;
        } catch (IOException | RuntimeException e) {
            String message = "metadata log entry " + entry.getIndex() + " (term " + entry.getTerm()
                    + ") cannot be applied: " + e.getMessage();
            events.fatal(message, e);
            throw new IllegalStateException(message, e);
        }
    }

    private synchronized Message apply(long term, ByteString data) throws IOException {
        if (LogEntry.isBarrier(data)) {
            return LogEntry.APPLIED;
        }
        // A copy: Ratis' buffer may be reused, and the history keeps the bytes.
        ByteBuffer bytes = ByteBuffer.wrap(data.toByteArray());
        FactBatch batch = FactCodec.decode(bytes.duplicate());
        if (!LogEntry.applies(batch, term, image.endOffset())) {
            LOG.info(
                    "Dropped a batch decided in term {} for offset {}: the entry has term {}, the next offset is {}",
                    batch.term(),
                    batch.baseOffset(),
                    term,
                    image.endOffset());
            return LogEntry.DROPPED;
        }
        install(MetadataDelta.of(image, batch));
        history.append(batch.baseOffset(), batch.endOffset(), bytes);
        return LogEntry.APPLIED;
    }

    /** @return the Raft index that the snapshot holds, or {@link RaftLog#INVALID_LOG_INDEX} when there is nothing to take */
    @Override
    public synchronized long takeSnapshot() throws IOException {
        TermIndex applied = getLastAppliedTermIndex();
        SnapshotStore.Stored latest = snapshots.latest();
        if (image.endOffset() == 0 || getLifeCycleState() != LifeCycle.State.RUNNING) {
            return RaftLog.INVALID_LOG_INDEX;
        }
        if (latest == null || latest.raft().getIndex() < applied.getIndex()) {
            latest = snapshots.write(image, applied);
            snapshots.keep(RaftSettings.SNAPSHOTS_KEPT);
        }
        history.snapshotReached(latest.id());
        return latest.raft().getIndex();
    }

    /** Called before a snapshot of the leader replaces ours. Waits for a snapshot that is being written. */
    @Override
    public synchronized void pause() {
        getLifeCycle().transition(LifeCycle.State.PAUSING);
        getLifeCycle().transition(LifeCycle.State.PAUSED);
    }

    @Override
    public StateMachineStorage getStateMachineStorage() {
        return snapshots;
    }

    @Override
    public void notifyConfigurationChanged(
            long term, long index, RaftProtos.RaftConfigurationProto newRaftConfiguration) {
        configurationTerm = term;
        configuration = newRaftConfiguration;
    }

    /** Whether the newest configuration that was applied here is settled and does not have this peer. */
    boolean configuredWithout(String peerId) {
        RaftProtos.RaftConfigurationProto newest = configuration;
        return newest != null
                && newest.getOldPeersCount() == 0
                && newest.getPeersList().stream()
                        .noneMatch(peer -> peer.getId().toStringUtf8().equals(peerId));
    }

    /** Comes on the apply thread, right after the configuration entry with which the new leader began its term. */
    @Override
    public void notifyLeaderReady() {
        events.leaderReady(Math.toIntExact(configurationTerm));
    }

    @Override
    public void notifyNotLeader(Collection<TransactionContext> pendingEntries) {
        events.notLeader();
    }

    @Override
    public void notifyLogFailed(Throwable cause, RaftProtos.@Nullable LogEntryProto failedEntry) {
        events.fatal("the metadata log cannot be written (disk full or broken?): " + cause.getMessage(), cause);
    }

    @Override
    public void notifyGroupRemove() {
        events.fatal("this voter was removed from the metadata quorum", null);
    }

    @Override
    public void close() {
        getLifeCycle().checkStateAndClose();
    }
}
