/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;

/** What one listener serves: the handler of each API, with its versions. Immutable. */
public final class ApiTable {
    /** One served API. */
    record Row(ApiKeys api, ApiHandler<?> handler, VersionRange versions) {}

    private final Map<Short, Row> rows = new HashMap<>();

    /**
     * @param handlers one an API; ApiVersions must be among them
     * @throws IllegalArgumentException when an API comes twice, or has no row in {@link ApiVersionRanges}
     */
    public ApiTable(Collection<? extends ApiHandler<?>> handlers) {
        for (ApiHandler<?> handler : handlers) {
            ApiKeys api = handler.api();
            if (rows.put(api.id, new Row(api, handler, ApiVersionRanges.served(api))) != null) {
                throw new IllegalArgumentException("two handlers for " + api.name);
            }
        }
        if (find(ApiKeys.API_VERSIONS.id) == null) {
            throw new IllegalArgumentException("no handler for ApiVersions");
        }
    }

    @Nullable
    Row find(short apiKey) {
        return rows.get(apiKey);
    }
}
