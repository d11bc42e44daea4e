/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.metrics;

import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.jmx.JmxReporter;

/** Shows a node's metrics over JMX under the domain {@value #DOMAIN}: for a process of its own, with one node in it. */
public final class JmxMetrics implements AutoCloseable {
    public static final String DOMAIN = "io.klamm";

    private final JmxReporter reporter;

    private JmxMetrics(JmxReporter reporter) {
        this.reporter = reporter;
    }

    public static JmxMetrics expose(MetricRegistry registry) {
        JmxReporter reporter =
                JmxReporter.forRegistry(registry).inDomain(DOMAIN).build();
        reporter.start();
        return new JmxMetrics(reporter);
    }

    @Override
    public void close() {
        reporter.close();
    }
}
