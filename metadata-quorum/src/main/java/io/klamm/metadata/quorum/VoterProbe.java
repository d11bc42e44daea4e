/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.fact.Voter;
import java.util.concurrent.CompletableFuture;

/** Asks another voter for its status over its CONTROLLER listener; fails when it does not answer in time. */
@FunctionalInterface
public interface VoterProbe {
    CompletableFuture<VoterStatus> ask(Voter voter);
}
