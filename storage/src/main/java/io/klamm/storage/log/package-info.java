/* SPDX-License-Identifier: Apache-2.0 */
/** One partition's log on disk, and all logs of a node. */
@NullMarked
package io.klamm.storage.log;

import org.jspecify.annotations.NullMarked;
