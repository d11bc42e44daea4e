/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.fact.Voter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * @param nodeId this node
 * @param clusterId configured or derived cluster id
 * @param voters configured voters (CONTROLLER addresses); directory ids are not known yet and ZERO_UUID
 * @param directory the voter's own directory (metadata.log.dir/__cluster_metadata-0 or the like)
 * @param raftPortOffset raft.port.offset: Raft listens on the CONTROLLER port plus this
 * @param electionTimeoutMinMs lower bound of the election time-out (default 300)
 * @param electionTimeoutMaxMs upper bound (default 600)
 * @param overrides Ratis properties, for experts and tests
 */
public record QuorumConfig(
        int nodeId,
        String clusterId,
        List<Voter> voters,
        Path directory,
        int raftPortOffset,
        int electionTimeoutMinMs,
        int electionTimeoutMaxMs,
        Map<String, String> overrides) {}
