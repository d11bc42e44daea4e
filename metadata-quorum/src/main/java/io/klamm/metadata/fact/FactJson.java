/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.Uuid;

/** Facts as JSON, for people and scripts. One way only: nothing reads this back. */
public final class FactJson {
    private static final ObjectMapper MAPPER = new ObjectMapper()
            .registerModule(new SimpleModule().addSerializer(Uuid.class, ToStringSerializer.instance));

    private static final String REDACTED = "(redacted)";

    private FactJson() {}

    /** One object a fact: offset, term, time (ISO 8601, UTC), actor, cause, type, then the fact's own fields. */
    public static List<ObjectNode> lines(FactBatch batch) {
        List<ObjectNode> lines = new ArrayList<>(batch.facts().size());
        long offset = batch.baseOffset();
        for (MetadataFact fact : batch.facts()) {
            ObjectNode line = MAPPER.createObjectNode();
            line.put("offset", offset++);
            line.put("term", batch.term());
            line.put("time", Instant.ofEpochMilli(batch.timeMs()).toString());
            line.put("actor", batch.actor());
            line.put("cause", batch.cause());
            line.setAll(fact(fact));
            lines.add(line);
        }
        return lines;
    }

    /** The type and the fields of a fact; the value of a configuration that may hold a secret is redacted. */
    public static ObjectNode fact(MetadataFact fact) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("type", fact.getClass().getSimpleName());
        ObjectNode fields = MAPPER.valueToTree(fact);
        if (fact instanceof ConfigChanged config) {
            // The type of the resource would hide the type of the fact.
            fields.remove("type");
            node.put("resourceType", config.type().name());
            if (config.value() != null && maybeSecret(config.key())) {
                fields.put("value", REDACTED);
            }
        }
        node.setAll(fields);
        return node;
    }

    private static boolean maybeSecret(String key) {
        String lower = key.toLowerCase(Locale.ROOT);
        return lower.contains("password")
                || lower.contains("secret")
                || lower.contains("jaas")
                || lower.contains("keystore.key")
                || lower.contains("credential");
    }
}
