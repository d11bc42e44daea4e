/* SPDX-License-Identifier: Apache-2.0 */
/** Connections to other nodes. */
@NullMarked
package io.klamm.replication.peer;

import org.jspecify.annotations.NullMarked;
