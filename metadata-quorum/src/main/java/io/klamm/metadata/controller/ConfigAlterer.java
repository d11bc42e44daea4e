/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.MetadataVersions;
import io.klamm.metadata.image.ConfigKey;
import io.klamm.metadata.image.MetadataImage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Decides changes of the dynamic configuration. Each resource stands for itself; of its changes all are made or none. Only what
 * differs becomes a fact, so to ask twice is as good as once.
 */
public final class ConfigAlterer {
    /** As in Kafka: clients read a value with a length of 16 bits. */
    static final int MAX_VALUE_BYTES = Short.MAX_VALUE;

    private final ConfigRules rules;

    public ConfigAlterer(ConfigRules rules) {
        this.rules = rules;
    }

    /**
     * @param alterations at most one for a resource
     * @param validateOnly check everything, decide nothing
     * @return one result for each alteration, in order
     */
    public Decision<List<ConfigAlterationResult>> alter(
            MetadataImage image, List<ConfigAlteration> alterations, boolean validateOnly) {
        List<MetadataFact> facts = new ArrayList<>();
        List<ConfigAlterationResult> results = new ArrayList<>(alterations.size());
        for (ConfigAlteration alteration : alterations) {
            try {
                facts.addAll(facts(image, alteration));
                results.add(result(alteration, Errors.NONE, null));
            } catch (Refusal refusal) {
                results.add(result(alteration, refusal.error, refusal.getMessage()));
            }
        }
        return new Decision<>(validateOnly ? List.of() : facts, results);
    }

    private static ConfigAlterationResult result(ConfigAlteration alteration, Errors error, @Nullable String message) {
        return new ConfigAlterationResult(alteration.type(), alteration.name(), error, message);
    }

    private List<MetadataFact> facts(MetadataImage image, ConfigAlteration alteration) throws Refusal {
        ConfigKey resource = new ConfigKey(alteration.type(), alteration.name());
        checkExists(image, resource);
        Map<String, String> before = image.config(resource);
        Map<String, String> after = alteration.replacesAll() ? new TreeMap<>() : new TreeMap<>(before);
        for (ConfigOperation operation : alteration.operations()) {
            String value = value(image, resource, before.get(operation.key()), operation);
            if (value == null) {
                after.remove(operation.key());
            } else {
                after.put(operation.key(), value);
            }
        }
        String invalid = rules.invalid(resource, after);
        if (invalid != null) {
            throw new Refusal(Errors.INVALID_CONFIG, invalid);
        }
        List<MetadataFact> facts = new ArrayList<>();
        Set<String> keys = new TreeSet<>(before.keySet());
        keys.addAll(after.keySet());
        for (String key : keys) {
            String value = after.get(key);
            if (!Objects.equals(value, before.get(key))) {
                facts.add(new ConfigChanged(alteration.type(), alteration.name(), key, value));
            }
        }
        return facts;
    }

    private static void checkExists(MetadataImage image, ConfigKey resource) throws Refusal {
        String name = resource.name();
        if (resource.type() == ConfigResourceType.TOPIC) {
            if (image.topic(name) == null) {
                throw new Refusal(Errors.UNKNOWN_TOPIC_OR_PARTITION, "There is no topic '" + name + "'");
            }
        } else if (resource.type() == ConfigResourceType.GROUP) {
            checkGroup(image, name);
        } else if (!name.isEmpty()) {
            int node;
            try {
                node = Integer.parseInt(name);
            } catch (NumberFormatException e) {
                throw new Refusal(Errors.INVALID_REQUEST, "A broker is named by its node id, not '" + name + "'");
            }
            // 01 would be a resource of its own, which no broker ever reads.
            if (image.broker(node) == null || !name.equals(Integer.toString(node))) {
                throw new Refusal(Errors.BROKER_ID_NOT_REGISTERED, "There is no broker " + name);
            }
        }
    }

    /** A group need not exist: it may get its settings before its first member. */
    private static void checkGroup(MetadataImage image, String name) throws Refusal {
        if (name.isEmpty()) {
            throw new Refusal(Errors.INVALID_REQUEST, "A group has a name");
        }
        if (image.metadataVersion() < MetadataVersions.GROUP_CONFIGS) {
            throw new Refusal(
                    Errors.UNSUPPORTED_VERSION,
                    "Groups have settings of their own from klamm.metadata.version " + MetadataVersions.GROUP_CONFIGS
                            + " on, and the cluster is at " + image.metadataVersion()
                            + ": it rises when all brokers run a program that supports it");
        }
    }

    /** The value that the operation leads to; null for none. */
    private @Nullable String value(
            MetadataImage image, ConfigKey resource, @Nullable String before, ConfigOperation operation)
            throws Refusal {
        String key = operation.key();
        String refusal = rules.refusal(resource, key);
        if (operation.kind() == ConfigOperation.Kind.DELETE) {
            if (refusal != null && before == null) {
                throw new Refusal(Errors.INVALID_CONFIG, refusal);
            }
            return null; // what is set can always be removed, even when this program does not know it
        }
        if (refusal != null) {
            throw new Refusal(Errors.INVALID_CONFIG, refusal);
        }
        String given = operation.value();
        if (given == null) {
            throw new Refusal(Errors.INVALID_REQUEST, key + " has no value");
        }
        String value = given;
        if (operation.kind() != ConfigOperation.Kind.SET) {
            if (!rules.isList(resource.type(), key)) {
                throw new Refusal(
                        Errors.INVALID_CONFIG, key + " is no list: it is set, not appended to or subtracted from");
            }
            Set<String> elements = elements(before == null ? rules.inherited(image, resource, key) : before);
            if (operation.kind() == ConfigOperation.Kind.APPEND) {
                elements.addAll(elements(given));
            } else {
                elements.removeAll(elements(given));
            }
            value = String.join(",", elements);
        }
        int bytes = value.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_VALUE_BYTES) {
            throw new Refusal(
                    Errors.INVALID_CONFIG, key + " would be " + bytes + " bytes long; the most is " + MAX_VALUE_BYTES);
        }
        return value;
    }

    private static Set<String> elements(String list) {
        Set<String> elements = new LinkedHashSet<>();
        for (String element : list.split(",", -1)) {
            if (!element.isBlank()) {
                elements.add(element.trim());
            }
        }
        return elements;
    }
}
