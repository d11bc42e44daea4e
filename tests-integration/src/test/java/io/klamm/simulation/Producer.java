/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.model.Batches;
import io.klamm.replication.partition.AppendOutcome;
import io.klamm.replication.partition.LocalReplica;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * An idempotent producer of one partition, as Kafka's clients are (KIP-98): up to five requests in flight on a connection that keeps
 * their order and that of the answers. What failed is sent again, in order, under the same sequence, until its time is over; then all
 * that was ever sent is given up, and the rest goes on under the next epoch.
 */
final class Producer {
    /** Stands for records without an idempotent producer. */
    static final long NONE = 0;

    private static final long VALUES = 1_000_000;
    private static final short ALL = -1;
    private static final int IN_FLIGHT = 5;
    private static final int BATCHES = 8;
    private static final int MAX_GAPS = 30;
    private static final long APPEND_TIMEOUT_MS = 1_000;
    private static final long REQUEST_TIMEOUT_MS = 1_500;
    private static final long DELIVERY_TIMEOUT_MS = 6_000;

    private final World world;
    private final SimCluster cluster;
    private final Clients clients;
    private final PartitionId id;
    private final int number;
    private final ClusterView view;
    /** Not yet acknowledged, in order. */
    private final List<Batch> batches = new ArrayList<>();
    /** How many of them are on their way. */
    private int sent;

    private @Nullable Connection connection;
    /** How many times in a row the first batch was out of order; a leader that was deposed may say so for a while. */
    private int gaps;

    private short epoch;
    private int nextSequence;
    private long nextValue = 1;

    private static final class Batch {
        private final long[] values;
        private int sequence;
        private long giveUpNanos;
        private boolean everSent;

        private Batch(long[] values, int sequence, long giveUpNanos) {
            this.values = values;
            this.sequence = sequence;
            this.giveUpNanos = giveUpNanos;
        }
    }

    private static final class Request {
        private final Batch batch;
        private @Nullable AppendOutcome outcome;

        private Request(Batch batch) {
            this.batch = batch;
        }
    }

    private static final class Connection {
        private final SimProcess process;
        private final Deque<Request> unanswered = new ArrayDeque<>();
        private long lastArrivalNanos;
        private long lastAnswerNanos;
        private int inFlight;
        /** Nothing passes any more; the client finds out by its time-out. */
        private boolean broken;
        /** The first of what is not acknowledged was out of order. */
        private boolean gap;
        /** Something was refused: nothing is sent until the other answers are here. */
        private boolean failed;

        private Connection(SimProcess process) {
            this.process = process;
        }
    }

    /** @param number from 1 on */
    Producer(World world, SimCluster cluster, Clients clients, PartitionId id, int number) {
        this.world = world;
        this.cluster = cluster;
        this.clients = clients;
        this.id = id;
        this.number = number;
        this.view = new ClusterView(world, cluster, id);
    }

    /** Which producer a value comes from; none for what is no number of ours. */
    static long number(long value) {
        return value < 0 ? NONE : value / VALUES;
    }

    boolean isDone() {
        return batches.isEmpty();
    }

    /** From time to time. */
    void step(boolean more) {
        long now = world.time.getAsLong();
        if (more && batches.size() < BATCHES) {
            long[] values = new long[1 + world.below(3)];
            for (int i = 0; i < values.length; i++) {
                values[i] = number * VALUES + nextValue++;
            }
            batches.add(new Batch(values, nextSequence, now + TimeUnit.MILLISECONDS.toNanos(DELIVERY_TIMEOUT_MS)));
            nextSequence += values.length;
        }
        if (!batches.isEmpty() && batches.get(0).giveUpNanos <= now) {
            giveUp();
        }
        send();
    }

    /** Nothing goes wrong any more: from here on there is time enough. */
    void expectSuccess() {
        long until = world.time.getAsLong() + TimeUnit.MINUTES.toNanos(10);
        batches.forEach(batch -> batch.giveUpNanos = until);
    }

    /**
     * Everything before was acknowledged, and still the leader misses something. That is so only where records were deleted, and with
     * them what was known of their producers: there any sequence has to be taken for the first one (KIP-360), be it from the middle of
     * what is in flight.
     */
    private void gap() {
        if (clients.deletedBelow(id) == 0 && clients.promiseHolds(id)) {
            throw Broken.promise("the leader of %s has forgotten what it has of producer %s", id, number);
        }
        giveUp();
    }

    private void giveUp() {
        gaps = 0;
        batches.removeIf(batch -> batch.everSent);
        connection = null;
        sent = 0;
        epoch++;
        nextSequence = 0;
        for (Batch batch : batches) {
            batch.sequence = nextSequence;
            nextSequence += batch.values.length;
        }
    }

    private void send() {
        if (sent == batches.size()) {
            return;
        }
        Connection to = connection == null ? connect() : connection;
        connection = to;
        while (to != null && !to.failed && to.inFlight < IN_FLIGHT && sent < batches.size()) {
            send(to, batches.get(sent++));
        }
    }

    private @Nullable Connection connect() {
        PartitionState state = view.refresh();
        SimProcess process = state == null ? null : cluster.node(state.leader()).process();
        return process == null ? null : new Connection(process);
    }

    private void send(Connection to, Batch batch) {
        batch.everSent = true;
        to.inFlight++;
        Request request = new Request(batch);
        world.time.scheduleMs(REQUEST_TIMEOUT_MS, () -> {
            if (connection == to && request.outcome == null) {
                connection = null;
                sent = 0;
            }
        });
        if (to.broken || world.isCut(World.CLIENT, to.process.nodeId()) || world.perThousand(10)) {
            to.broken = true;
            return;
        }
        to.unanswered.add(request);
        short sentEpoch = epoch;
        int sentSequence = batch.sequence;
        to.lastArrivalNanos = world.behind(to.lastArrivalNanos);
        world.time.schedule(
                to.lastArrivalNanos - world.time.getAsLong(),
                () -> to.process.schedule(0, () -> append(to, request, sentEpoch, sentSequence)));
    }

    private void append(Connection to, Request request, short sentEpoch, int sentSequence) {
        LocalReplica replica = to.process.replica(id);
        if (replica == null) {
            answer(to, request, AppendOutcome.failed(Errors.UNKNOWN_TOPIC_ID, null));
            return;
        }
        Operations.Operation operation = clients.operations()
                .begin(to.process, "append of " + number + " in sequence " + sentSequence, APPEND_TIMEOUT_MS);
        long deadline = world.time.getAsLong() + TimeUnit.MILLISECONDS.toNanos(APPEND_TIMEOUT_MS);
        replica.append(
                Batches.sequenced(number, sentEpoch, sentSequence, request.batch.values), ALL, deadline, outcome -> {
                    operation.done();
                    answer(to, request, outcome);
                });
    }

    /** In the order of the requests. */
    private void answer(Connection to, Request request, AppendOutcome outcome) {
        request.outcome = outcome;
        while (!to.broken && !to.unanswered.isEmpty() && to.unanswered.peek().outcome != null) {
            Request answered = to.unanswered.poll();
            if (!to.process.isRunning() || world.isCut(to.process.nodeId(), World.CLIENT) || world.perThousand(10)) {
                to.broken = true;
                answered.outcome = null;
                return;
            }
            to.lastAnswerNanos = world.behind(to.lastAnswerNanos);
            world.time.schedule(to.lastAnswerNanos - world.time.getAsLong(), () -> answered(to, answered));
        }
    }

    private void answered(Connection to, Request request) {
        AppendOutcome outcome = request.outcome;
        if (connection != to || outcome == null) {
            return;
        }
        to.inFlight--;
        world.trace(31, number, outcome.error().code());
        Batch batch = request.batch;
        switch (outcome.error()) {
            case NONE -> {
                clients.acknowledged(id, outcome.baseOffset(), batch.values);
                batches.remove(batch);
                sent--;
            }
            case DUPLICATE_SEQUENCE_NUMBER -> {
                clients.acknowledgedSomewhere(id, batch.values);
                batches.remove(batch);
                sent--;
            }
            case INVALID_PRODUCER_EPOCH -> throw Broken.promise("producer %s is fenced by nobody: %s", number, outcome);
            case OUT_OF_ORDER_SEQUENCE_NUMBER -> {
                to.failed = true;
                to.gap |= batch == batches.get(0);
            }
            case NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS_AFTER_APPEND -> {
                to.failed = true;
                clients.tooFewInSync();
            }
            default -> to.failed = true;
        }
        if (to.failed) {
            if (to.inFlight == 0) {
                connection = null; // and the metadata is asked for again
                sent = 0;
                gaps = to.gap ? gaps + 1 : 0;
                if (gaps == MAX_GAPS) {
                    gap();
                }
            }
        } else {
            send();
        }
    }

    @Override
    public String toString() {
        return "producer " + number + " of " + id + " has " + batches.size() + " batches, " + sent + " sent";
    }
}
