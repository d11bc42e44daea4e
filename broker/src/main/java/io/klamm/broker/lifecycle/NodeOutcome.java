/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.metadata.quorum.VoterFaultException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a node's life has ended; the first one to say it is believed, what follows is its consequence. Thread-safe. */
public final class NodeOutcome {
    private static final Logger LOG = LoggerFactory.getLogger(NodeOutcome.class);

    /** Why a node does not run any more. */
    public enum Kind {
        /** It was asked to stop, and did. */
        STOPPED,
        /** It cannot start: another cluster's directory, a quorum that has formed without it, a refused registration. */
        START_FAILED,
        /** It met something that it must not go on with. Its files are as a crash leaves them. */
        FAULT
    }

    /** @param message one line for the operator, empty when it stopped cleanly */
    public record Ended(Kind kind, String message) {}

    private final CompletableFuture<Ended> ended = new CompletableFuture<>();

    void stopped() {
        ended.complete(new Ended(Kind.STOPPED, ""));
    }

    void startFailed(String message) {
        // Not logged here: whoever started the node tells it, as for a start that fails at once.
        ended.complete(new Ended(Kind.START_FAILED, message));
    }

    void fault(Throwable failure) {
        String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        if (ended.complete(new Ended(Kind.FAULT, message))) {
            // What the operator or a disk did is told in one line; anything else may be a bug, and where it came from
            // is worth its lines.
            boolean explained = failure instanceof NodeReplacedException
                    || failure instanceof LogDirFaultException
                    || failure instanceof VoterFaultException;
            Throwable trace = explained ? null : failure;
            LOG.error("The node stops on a fault: {}", message, trace);
        }
    }

    /** Waits for the end. */
    Ended await() throws InterruptedException {
        try {
            return ended.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e); // it never completes so
        }
    }

    boolean hasEnded() {
        return ended.isDone();
    }
}
