/* SPDX-License-Identifier: Apache-2.0 */
/** One handler for each API. */
@NullMarked
package io.klamm.broker.api;

import org.jspecify.annotations.NullMarked;
