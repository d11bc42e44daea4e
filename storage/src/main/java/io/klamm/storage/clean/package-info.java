/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Compaction: what of a log survives ({@link io.klamm.storage.clean.RetentionRules}, pure), the cleaning of one log, and the threads
 * that choose which log comes next.
 */
@NullMarked
package io.klamm.storage.clean;

import org.jspecify.annotations.NullMarked;
