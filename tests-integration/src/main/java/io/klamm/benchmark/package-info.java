/* SPDX-License-Identifier: Apache-2.0 */
/** Measurements of whole clusters; each prints a table and asserts nothing. */
@NullMarked
package io.klamm.benchmark;

import org.jspecify.annotations.NullMarked;
