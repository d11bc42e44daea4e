/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ObjDoubleConsumer;

/** A topic is written and read at the same time, while another client reads an older topic from its beginning. */
record Mixed(String name, int recordBytes, int partitions, long bytes) implements Workload {
    private static final int READERS = 2;

    @Override
    public void run(Subject subject, ObjDoubleConsumer<Figure> figures) throws Exception {
        String older = subject.newTopic(partitions, Map.of());
        String newer = subject.newTopic(partitions, Map.of());
        ExecutorService readers = Executors.newFixedThreadPool(READERS);
        try (Producers producers = new Producers(subject.bootstrap(), ProduceSettings.DEFAULT, 1, recordBytes)) {
            long there = producers.write(older, bytes);
            Usage usage = new Usage(subject);
            Future<Long> behind =
                    readers.submit(() -> Consumers.read(subject.bootstrap(), older, partitions, 1, there));
            Future<Long> beside =
                    readers.submit(() -> Consumers.read(subject.bootstrap(), newer, partitions, 1, there));
            long moved = producers.write(newer, bytes) + behind.get() + beside.get();
            usage.tell(name, moved, figures);
        } finally {
            readers.shutdownNow();
        }
        subject.delete(older);
        subject.delete(newer);
    }
}
