/* SPDX-License-Identifier: Apache-2.0 */
/** Small files that are replaced as a whole. */
@NullMarked
package io.klamm.storage.checkpoint;

import org.jspecify.annotations.NullMarked;
