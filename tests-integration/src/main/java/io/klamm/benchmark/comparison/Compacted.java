/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import io.klamm.testkit.Await;
import java.time.Duration;
import java.util.Map;
import java.util.function.ObjDoubleConsumer;

/**
 * Keys are set ten times each as fast as a client can, on a topic that keeps the last value of each; then until the nodes have dropped most
 * of the rest.
 */
record Compacted(String name, int recordBytes, int partitions, long bytes) implements Workload {
    private static final int TIMES = 10;
    private static final int SEGMENTS = 10;
    private static final long LEAST_SEGMENT_BYTES = 1 << 20;
    /** What may be left: the active segments, and what is too little to be cleaned by the default ratio, are not touched. */
    private static final double LEFT = 0.5;

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @Override
    public void run(Subject subject, ObjDoubleConsumer<Figure> figures) throws Exception {
        int keys = Math.toIntExact(Math.max(1, bytes / recordBytes / TIMES));
        long segmentBytes = Math.max(LEAST_SEGMENT_BYTES, bytes / partitions / SEGMENTS);
        String topic = subject.newTopic(
                partitions, Map.of("cleanup.policy", "compact", "segment.bytes", Long.toString(segmentBytes)));
        Usage all = new Usage(subject);
        long written;
        try (Producers producers = new Producers(subject.bootstrap(), ProduceSettings.DEFAULT, 1, recordBytes, keys)) {
            Usage writing = new Usage(subject);
            written = producers.write(topic, bytes);
            writing.tell(name + ", produce", written, figures);
        }
        double writtenAfter = all.seconds();
        Await.until(
                topic + " is compacted", PATIENCE, () -> subject.bytesOnDisk(topic) < LEFT * written * Subject.NODES);
        figures.accept(new Figure(name, "until it is compacted", "s"), all.seconds() - writtenAfter);
        figures.accept(
                new Figure(name, "CPU of the nodes with the compaction", "s/GB"), all.cpuSeconds() / (written / 1e9));
        subject.delete(topic);
    }
}
