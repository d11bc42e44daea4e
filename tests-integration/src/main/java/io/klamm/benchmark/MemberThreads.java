/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark;

import io.klamm.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Many members of one group in this process, a thread for each. */
final class MemberThreads {
    private MemberThreads() {}

    /** From the first poll until no part differs from another by more than one partition, and together they are all there are. */
    static double secondsToEvenParts(
            String bootstrap, String topic, String protocol, int members, int partitions, Duration patience)
            throws InterruptedException {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicIntegerArray owned = new AtomicIntegerArray(members);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < members; i++) {
            int index = i;
            KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                    Map.of(
                            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                            bootstrap,
                            ConsumerConfig.GROUP_ID_CONFIG,
                            "many-" + protocol,
                            ConsumerConfig.CLIENT_ID_CONFIG,
                            "member-" + i,
                            ConsumerConfig.GROUP_PROTOCOL_CONFIG,
                            protocol),
                    new StringDeserializer(),
                    new StringDeserializer());
            consumer.subscribe(List.of(topic));
            threads.add(new Thread(() -> poll(consumer, stop, owned, index), "member-" + i));
        }
        long start = System.nanoTime();
        threads.forEach(Thread::start);
        try {
            Await.until("all members have even parts", patience, () -> {
                int sum = 0;
                int most = 0;
                int least = Integer.MAX_VALUE;
                for (int i = 0; i < members; i++) {
                    sum += owned.get(i);
                    most = Math.max(most, owned.get(i));
                    least = Math.min(least, owned.get(i));
                }
                return sum == partitions && most - least < 2;
            });
            return GroupsBenchmark.secondsSince(start);
        } finally {
            stop.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    private static void poll(
            KafkaConsumer<String, String> consumer, AtomicBoolean stop, AtomicIntegerArray owned, int index) {
        try (consumer) {
            while (!stop.get()) {
                consumer.poll(Duration.ofMillis(100));
                owned.set(index, consumer.assignment().size());
            }
        }
    }
}
