/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Histogram;
import com.codahale.metrics.MetricRegistry;
import io.klamm.broker.metrics.HdrReservoir;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.ApiKeys;

/** What one listener counts, under {@code net.<listener>}. */
final class NetMetrics {
    private static final long LONGEST_MICROS = TimeUnit.MINUTES.toMicros(10);

    /** Open now. */
    final Counter connections;

    /** Over max.connections or max.connections.per.ip. */
    final Counter refusedConnections;

    final Counter idleClosed;
    final Counter bytesIn;
    final Counter bytesOut;

    /** Frames and requests that made no sense, each of which closed its connection. */
    final Counter badRequests;

    /** Requests that failed for a reason that is ours. */
    final Counter failures;

    private final MetricRegistry registry;
    private final String prefix;
    private final Map<ApiKeys, Histogram> latencies = new ConcurrentHashMap<>();

    NetMetrics(MetricRegistry registry, String listener) {
        this.registry = registry;
        this.prefix = MetricRegistry.name("net", listener);
        this.connections = counter("connections");
        this.refusedConnections = counter("connections-refused");
        this.idleClosed = counter("connections-closed-idle");
        this.bytesIn = counter("bytes-in");
        this.bytesOut = counter("bytes-out");
        this.badRequests = counter("bad-requests");
        this.failures = counter("failed-requests");
    }

    /** From the complete request to the answer handed to the socket. The histogram's count is the number of requests. */
    void answered(ApiKeys api, long nanos) {
        Histogram latency = latencies.get(api);
        if (latency == null) {
            latency = registry.histogram(
                    MetricRegistry.name(prefix, "request", api.name, "micros"),
                    () -> new Histogram(new HdrReservoir(LONGEST_MICROS)));
            latencies.put(api, latency);
        }
        latency.update(TimeUnit.NANOSECONDS.toMicros(nanos));
    }

    private Counter counter(String name) {
        return registry.counter(MetricRegistry.name(prefix, name));
    }
}
