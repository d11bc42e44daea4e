/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.MetadataFact;
import java.util.List;

/**
 * The outcome of deciding a request: facts to append, and what to answer once they are applied. No facts: the reply goes
 * out when everything decided before it has been applied.
 */
public record Decision<R>(List<MetadataFact> facts, R reply) {
    public Decision {
        facts = List.copyOf(facts);
    }

    public static <R> Decision<R> replyOnly(R reply) {
        return new Decision<>(List.of(), reply);
    }
}
