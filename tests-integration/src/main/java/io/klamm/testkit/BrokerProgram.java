/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.nio.file.Path;
import java.util.List;

/** A program that a cluster's nodes can be. Each understands the same server.properties. */
public interface BrokerProgram {
    /** Klamm, as its launcher starts it. A node stops when the process that started it is gone: its standard input ends then. */
    BrokerProgram KLAMM = new BrokerProgram() {
        @Override
        public String name() {
            return "Klamm";
        }

        @Override
        public List<String> command(Path config) {
            return List.of(Launcher.path(), "start", config.toString(), "--stop-at-eof");
        }
    };

    /**
     * By the name that benchmarks use.
     *
     * @param name "klamm", or "kafka" for Apache Kafka, whose jars are in the folder that the system property klamm.apache.kafka names
     */
    static BrokerProgram named(String name) {
        return switch (name) {
            case "klamm" -> KLAMM;
            case "kafka" -> new ApacheKafka(Path.of(Launcher.property("klamm.apache.kafka")));
            default -> throw new IllegalArgumentException("neither klamm nor kafka: " + name);
        };
    }

    String name();

    /** What runs a node in the foreground, in the process that is started. */
    List<String> command(Path config);

    /** What a node needs before its first start. */
    default void prepare(Path config) {}
}
