/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import java.util.Map;
import java.util.function.ObjDoubleConsumer;

/**
 * Records are written as fast as the clients can.
 *
 * @param clients number of producers
 * @param warmUpBytes written before anything is measured
 */
record Produce(
        String name,
        ProduceSettings settings,
        int recordBytes,
        int partitions,
        int clients,
        Map<String, String> configs,
        long warmUpBytes,
        long bytes)
        implements Workload {
    @Override
    public void run(Subject subject, ObjDoubleConsumer<Figure> figures) throws Exception {
        String topic = subject.newTopic(partitions, configs);
        try (Producers producers = new Producers(subject.bootstrap(), settings, clients, recordBytes)) {
            if (warmUpBytes > 0) {
                producers.write(topic, warmUpBytes);
            }
            Usage usage = new Usage(subject);
            long written = producers.write(topic, bytes);
            usage.tell(name, written, figures);
        }
        subject.delete(topic);
    }
}
