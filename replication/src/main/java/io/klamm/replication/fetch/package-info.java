/* SPDX-License-Identifier: Apache-2.0 */
/** Pulling: one fetcher for each source node and lane. */
@NullMarked
package io.klamm.replication.fetch;

import org.jspecify.annotations.NullMarked;
