/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.peer;

import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/** What a peer serves, from its answer to ApiVersions. */
final class PeerVersions {
    /** ApiVersions itself is sent in this version: the first that names the sender (KIP-511), known to every node. */
    static final short API_VERSIONS_VERSION = 3;

    private final ApiVersionsResponseData answer;

    PeerVersions(ApiVersionsResponseData answer) {
        this.answer = answer;
    }

    /**
     * The highest version that both sides know.
     *
     * @throws PeerException when there is none
     */
    short choose(ApiKeys api) {
        ApiVersionsResponseData.ApiVersion theirs = answer.apiKeys().find(api.id);
        if (theirs == null) {
            throw new PeerException("the node does not serve " + api.name, null, false);
        }
        int version = Math.min(theirs.maxVersion(), api.latestVersion());
        if (version < Math.max(theirs.minVersion(), api.oldestVersion())) {
            String range = theirs.minVersion() + " to " + theirs.maxVersion();
            throw new PeerException("no common version of " + api.name + ": the node serves " + range, null, false);
        }
        return (short) version;
    }
}
