/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import io.klamm.testkit.history.Acks;
import io.klamm.testkit.history.ErrorText;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Send;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * A producer (idempotent, acks=all, unless its settings say otherwise) that writes unique values over all partitions of a topic, on
 * a thread of its own, and records what became of each.
 */
public final class RecordedProducer implements AutoCloseable {
    private static final int MOST_IN_FLIGHT = 500;

    /** Histories must fit in memory and be judged in seconds: about a thousand records a second are plenty. */
    private static final int BURST = 10;

    private static final Duration PAUSE = Duration.ofMillis(10);
    private static final Duration STOP = Duration.ofSeconds(90);

    private final int number;
    private final String topic;
    private final int partitions;
    private final int registers;
    private final KafkaProducer<String, String> producer;
    private final HistoryRecorder history;
    private final Acks acks;
    private final Queue<Send> outcomes = new ConcurrentLinkedQueue<>();
    private final AtomicLong acked = new AtomicLong();
    private final Semaphore inFlight = new Semaphore(MOST_IN_FLIGHT);
    /** By partition. */
    private final AtomicLongArray ackedOf;

    private final WorkerThread thread;
    private volatile Duration pause = PAUSE;
    private volatile boolean stopping;

    /**
     * @param number tells its values from those of other producers
     * @param settings settings of the client to change, for example compression.type
     */
    public RecordedProducer(int number, String bootstrap, String topic, int partitions, Map<String, String> settings) {
        this(number, bootstrap, topic, partitions, settings, 0, HistoryRecorder.inMemory());
    }

    /**
     * The same for a run of which others take down their part, too.
     *
     * @param registers number of keys of each partition, set in turn; 0 for a key of its own for each record
     */
    public RecordedProducer(
            int number,
            String bootstrap,
            String topic,
            int partitions,
            Map<String, String> settings,
            int registers,
            HistoryRecorder history) {
        this.registers = registers;
        this.history = history;
        this.acks = promise(settings);
        this.number = number;
        this.topic = topic;
        this.partitions = partitions;
        Map<String, Object> config = new HashMap<>(settings);
        config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        config.putIfAbsent(ProducerConfig.CLIENT_ID_CONFIG, "recorded-" + number);
        this.producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
        this.ackedOf = new AtomicLongArray(partitions);
        this.thread = new WorkerThread("recorded-producer-" + number, this::run);
    }

    private static Acks promise(Map<String, String> settings) {
        return switch (settings.getOrDefault(ProducerConfig.ACKS_CONFIG, "all")) {
            case "0" -> Acks.NONE;
            case "1" -> Acks.LEADER;
            default ->
                Boolean.parseBoolean(settings.getOrDefault(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true"))
                        ? Acks.ALL_IDEMPOTENT
                        : Acks.ALL;
        };
    }

    /** Lets so much time pass after each ten records, where many clients share a machine. */
    public RecordedProducer pausing(Duration each) {
        pause = each;
        return this;
    }

    public RecordedProducer start() {
        thread.start();
        return this;
    }

    /** Number of records acknowledged so far. */
    public long acked() {
        return acked.get();
    }

    /** Waits until {@code count} more records than now have been acknowledged: writing goes on. */
    public void awaitProgress(long count, Duration atMost) {
        long target = acked() + count;
        Await.until(
                "producer " + number + " has " + count + " more records acknowledged", atMost, () -> acked() >= target);
    }

    /** Waits until that many more records than now have been acknowledged on every partition. */
    public void awaitProgressEverywhere(long count, Duration atMost) {
        long[] targets = IntStream.range(0, partitions)
                .mapToLong(partition -> ackedOf.get(partition) + count)
                .toArray();
        Await.until(
                "producer " + number + " has " + count + " more records of each partition of " + topic
                        + " acknowledged",
                atMost,
                () -> IntStream.range(0, partitions)
                        .allMatch(partition -> ackedOf.get(partition) >= targets[partition]));
    }

    /** @throws AssertionError when its thread has failed */
    public void check() {
        thread.check();
    }

    private void run() throws InterruptedException {
        long[] sequences = new long[partitions];
        for (int turn = 0; !stopping; turn++) {
            if (turn % BURST == 0) {
                LockSupport.parkNanos(pause.toNanos());
            }
            int partition = turn % partitions;
            long sequence = sequences[partition]++;
            String value = number + ":" + partition + ":" + sequence;
            if (!inFlight.tryAcquire(10, TimeUnit.MILLISECONDS)) {
                sequences[partition]--;
                turn--;
                continue;
            }
            send(partition, sequence, value);
        }
    }

    private void send(int partition, long sequence, String value) {
        String key = registers == 0 ? value : "r" + sequence % registers;
        long ticket = history.begin(
                process(), new TopicPartition(topic, partition), new Send.Payload(sequence, key, value), acks);
        Callback record = (metadata, error) -> {
            inFlight.release();
            if (error == null) {
                ended(history.end(ticket, Outcome.OK, metadata.hasOffset() ? metadata.offset() : Send.NO_OFFSET));
                acked.incrementAndGet();
                ackedOf.incrementAndGet(partition);
            } else {
                ended(history.end(ticket, outcome(error), Send.NO_OFFSET, ErrorText.of(error)));
            }
        };
        try {
            // The callback tells the outcome.
            Future<RecordMetadata> unused = producer.send(new ProducerRecord<>(topic, partition, key, value), record);
        } catch (KafkaException | IllegalStateException e) {
            // Closed meanwhile, or failed for good: the record has not left this process.
            inFlight.release();
            ended(history.end(ticket, Outcome.FAIL, Send.NO_OFFSET, ErrorText.of(e)));
        }
    }

    private String process() {
        return "producer-" + number;
    }

    private void ended(@Nullable Send send) {
        if (send != null) {
            outcomes.add(send);
        }
    }

    /** An error that ends the retries says nothing about the attempts before it; these come before the first one. */
    private static Outcome outcome(Exception error) {
        return error instanceof RecordTooLargeException || error instanceof SerializationException
                ? Outcome.FAIL
                : Outcome.UNKNOWN;
    }

    /** Stops sending and waits for the outcome of everything sent. */
    public List<Send> finish() {
        stopping = true;
        thread.end(STOP);
        producer.close(Duration.ofSeconds(130));
        return new ArrayList<>(outcomes);
    }

    @Override
    public void close() {
        stopping = true;
        producer.close(Duration.ZERO);
    }
}
