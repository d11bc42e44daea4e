/* SPDX-License-Identifier: Apache-2.0 */
/** How the metadata quorum is, asked of each node by itself. */
@NullMarked
package io.klamm.tools.quorum;

import org.jspecify.annotations.NullMarked;
