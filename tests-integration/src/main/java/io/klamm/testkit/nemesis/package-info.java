/* SPDX-License-Identifier: Apache-2.0 */
/** Faults: planned from a seed as pure data, then done to a ground, each with evidence that it bit. */
@NullMarked
package io.klamm.testkit.nemesis;

import org.jspecify.annotations.NullMarked;
