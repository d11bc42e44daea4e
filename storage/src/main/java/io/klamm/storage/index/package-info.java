/* SPDX-License-Identifier: Apache-2.0 */
/** Sparse indexes of a segment. */
@NullMarked
package io.klamm.storage.index;

import org.jspecify.annotations.NullMarked;
