/* SPDX-License-Identifier: Apache-2.0 */
/** Commands that run nodes. */
@NullMarked
package io.klamm.tools.node;

import org.jspecify.annotations.NullMarked;
