/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.nio.file.Path;
import java.util.List;

/** A program that a cluster's nodes can be. Each understands the same server.properties. */
public interface BrokerProgram {
    /** Klamm, as its launcher starts it. */
    BrokerProgram KLAMM = new BrokerProgram() {
        @Override
        public String name() {
            return "Klamm";
        }

        @Override
        public List<String> command(Path config) {
            return List.of(Launcher.path(), "start", config.toString());
        }
    };

    String name();

    /** What runs a node in the foreground, in the process that is started. */
    List<String> command(Path config);

    /** What a node needs before its first start. */
    default void prepare(Path config) {}
}
