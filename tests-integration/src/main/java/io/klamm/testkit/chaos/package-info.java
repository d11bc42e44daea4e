/* SPDX-License-Identifier: Apache-2.0 */
/** A run with faults, from its start to its verdict. */
@NullMarked
package io.klamm.testkit.chaos;

import org.jspecify.annotations.NullMarked;
