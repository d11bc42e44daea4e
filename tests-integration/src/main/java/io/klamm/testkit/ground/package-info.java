/* SPDX-License-Identifier: Apache-2.0 */
/** Where a cluster under test lives, and which faults can be done to it there. */
@NullMarked
package io.klamm.testkit.ground;

import org.jspecify.annotations.NullMarked;
