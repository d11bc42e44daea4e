/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Takes down what happens in a run, in memory and, when told to, in a file line by line. A send is begun and ended; one that was not
 * ended when the recorder closes is recorded as unknown. Thread-safe.
 */
public final class HistoryRecorder implements AutoCloseable {
    /** Recorders of one process count from the same moment, so that what they took down can be judged together. */
    private static final long ORIGIN_NANOS = System.nanoTime();

    private final LongSupplier nanoTime;
    private final long startNanos;
    private final @Nullable BufferedWriter file;
    private final List<Event> events = new ArrayList<>();
    private final Map<Long, Send> open = new HashMap<>();
    private long nextTicket;
    private boolean closed;

    private HistoryRecorder(LongSupplier nanoTime, long startNanos, @Nullable BufferedWriter file) {
        this.nanoTime = nanoTime;
        this.startNanos = startNanos;
        this.file = file;
    }

    /** A recorder that keeps a history in memory only; its run begins with the process. */
    public static HistoryRecorder inMemory() {
        return new HistoryRecorder(System::nanoTime, ORIGIN_NANOS, null);
    }

    /** A recorder that writes to a new file, too. */
    public static HistoryRecorder to(Path file) throws IOException {
        return to(file, System::nanoTime);
    }

    static HistoryRecorder to(Path file, LongSupplier nanoTime) throws IOException {
        BufferedWriter writer = Files.newBufferedWriter(file);
        writer.write(HistoryFile.FIRST_LINE);
        writer.newLine();
        return new HistoryRecorder(nanoTime, nanoTime.getAsLong(), writer);
    }

    /** Nanoseconds since the start of the run. */
    public long now() {
        return nanoTime.getAsLong() - startNanos;
    }

    /** A span from a moment until now. */
    public Span since(long invokedNanos) {
        return new Span(invokedNanos, now());
    }

    /** Takes down an event. What comes after {@link #close} is left out: the run is over. */
    public synchronized void add(Event event) {
        if (closed) {
            return;
        }
        events.add(event);
        if (file != null) {
            try {
                file.write(HistoryFile.line(event));
                file.newLine();
            } catch (IOException e) {
                throw new UncheckedIOException("cannot write the history", e);
            }
        }
    }

    /** A send begins now. Returns a ticket to end it with. */
    public synchronized long begin(String process, TopicPartition partition, Send.Payload payload, Acks acks) {
        Span fromNow = new Span(now(), Span.NEVER);
        open.put(nextTicket, new Send(fromNow, process, partition, payload, acks, Outcome.UNKNOWN, Send.NO_OFFSET));
        return nextTicket++;
    }

    /** A send was acknowledged, or has ended for a reason that nobody told. */
    public @Nullable Send end(long ticket, Outcome outcome, long offset) {
        return end(ticket, outcome, offset, null);
    }

    /**
     * A send has ended. Returns it as it was taken down, null when the run was over before.
     *
     * @param error what its client was told instead of an acknowledgement
     */
    public synchronized @Nullable Send end(long ticket, Outcome outcome, long offset, @Nullable String error) {
        Send begun = open.remove(ticket);
        if (begun == null) {
            return null;
        }
        // What became of an unknown one may still happen.
        Send ended = begun.ended(outcome == Outcome.UNKNOWN ? Span.NEVER : now(), outcome, offset, error);
        add(ended);
        return ended;
    }

    /** What was taken down so far. */
    public synchronized History history() {
        return new History(events);
    }

    /** Takes down as unknown what has not ended, and closes the file. */
    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        open.values().forEach(this::add);
        open.clear();
        closed = true;
        if (file != null) {
            file.close();
        }
    }
}
