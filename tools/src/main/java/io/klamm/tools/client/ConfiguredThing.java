/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import org.apache.kafka.common.config.ConfigResource;

/** What has settings; named on the command line as it is written here. */
enum ConfiguredThing {
    topic(ConfigResource.Type.TOPIC),
    broker(ConfigResource.Type.BROKER),
    group(ConfigResource.Type.GROUP);

    /** Stands for all brokers in the place of an id. */
    static final String ALL = "all";

    private final ConfigResource.Type type;

    ConfiguredThing(ConfigResource.Type type) {
        this.type = type;
    }

    boolean isAllBrokers(String name) {
        return this == broker && name.equals(ALL);
    }

    ConfigResource resource(String name) {
        return new ConfigResource(type, isAllBrokers(name) ? "" : name);
    }

    String inWords(String name) {
        return isAllBrokers(name) ? "all brokers" : name() + " " + name;
    }
}
