/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import java.util.Map;
import java.util.function.ObjDoubleConsumer;

/**
 * A topic is written, and then read as a whole by each of some consumers.
 *
 * @param cold the nodes must read it from the disk
 */
record Consume(String name, int recordBytes, int partitions, int clients, boolean cold, long bytes)
        implements Workload {
    @Override
    public void run(Subject subject, ObjDoubleConsumer<Figure> figures) throws Exception {
        String topic = subject.newTopic(partitions, Map.of());
        long written;
        try (Producers producers = new Producers(subject.bootstrap(), ProduceSettings.LARGE, 1, recordBytes)) {
            written = producers.write(topic, bytes);
        }
        if (cold) {
            subject.evict(topic);
        } else {
            Consumers.read(subject.bootstrap(), topic, partitions, 1, written); // the client's code is compiled then
        }
        Usage usage = new Usage(subject);
        long read = Consumers.read(subject.bootstrap(), topic, partitions, clients, written);
        usage.tell(name, read, figures);
        subject.delete(topic);
    }
}
