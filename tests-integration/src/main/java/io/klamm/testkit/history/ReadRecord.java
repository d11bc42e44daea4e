/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import org.jspecify.annotations.Nullable;

/** A record as a consumer got it. */
public record ReadRecord(long offset, @Nullable String key, String value) {}
