/* SPDX-License-Identifier: Apache-2.0 */
/** Throttling. */
@NullMarked
package io.klamm.broker.quota;

import org.jspecify.annotations.NullMarked;
