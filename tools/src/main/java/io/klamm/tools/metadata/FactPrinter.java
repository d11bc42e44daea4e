/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.metadata;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.FactJson;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.image.MetadataImage;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.apache.kafka.common.Uuid;

/** Prints facts, one a line: for people in columns, for scripts as JSON objects. */
final class FactPrinter {
    private static final String UNASSIGNED = Uuid.ZERO_UUID.toString();

    private final PrintWriter out;
    private final boolean json;
    private final long from;
    private long next;

    /** @param from first offset that is printed */
    FactPrinter(PrintWriter out, boolean json, long from) {
        this.out = out;
        this.json = json;
        this.from = from;
    }

    /** Offset behind the last fact that was read. */
    long next() {
        return next;
    }

    /** The state that a log starts with when its first facts are in a snapshot: facts without a history. */
    void snapshot(MetadataImage image) {
        next = image.endOffset();
        if (next <= from) {
            return;
        }
        if (!json) {
            out.println("# snapshot of the facts below offset " + image.endOffset() + ", term " + image.term());
        }
        for (MetadataFact fact : image.facts()) {
            ObjectNode node = tidy(FactJson.fact(fact));
            if (json) {
                node.put("snapshotEndOffset", image.endOffset());
                out.println(node);
            } else {
                out.println("#  " + text(node));
            }
        }
    }

    void batch(FactBatch batch) {
        next = batch.endOffset();
        for (ObjectNode line : FactJson.lines(batch)) {
            if (line.path("offset").asLong() < from) {
                continue;
            }
            tidy(line);
            if (json) {
                out.println(line);
                continue;
            }
            StringBuilder text = new StringBuilder();
            for (String column : new String[] {"offset", "term", "time", "actor", "cause"}) {
                String value = line.remove(column).asText();
                text.append(column.equals("term") ? "term " : "")
                        .append(value.isEmpty() ? "-" : value)
                        .append("  ");
            }
            out.println(text.append(text(line)));
        }
    }

    /** Something in the log that is no fact. */
    void remark(String text) {
        if (!json) {
            out.println("# " + text);
        }
    }

    /** Directories that are not assigned say nothing: all of them are left out, one among others is null. */
    private static ObjectNode tidy(ObjectNode fact) {
        for (JsonNode field :
                List.copyOf(fact.properties()).stream().map(Map.Entry::getValue).toList()) {
            if (field instanceof ObjectNode inner) {
                tidy(inner);
            }
        }
        if (fact.path("directories") instanceof ArrayNode directories) {
            for (int index = 0; index < directories.size(); index++) {
                if (UNASSIGNED.equals(directories.get(index).asText())) {
                    directories.setNull(index);
                }
            }
            if (StreamSupport.stream(directories.spliterator(), false).allMatch(JsonNode::isNull)) {
                fact.remove("directories");
            }
        }
        return fact;
    }

    private static String text(ObjectNode fact) {
        String type = fact.remove("type").asText();
        return type + " " + fact;
    }
}
