/* SPDX-License-Identifier: Apache-2.0 */
/** The facts of the cluster's metadata log, and their codec. */
@NullMarked
package io.klamm.metadata.fact;

import org.jspecify.annotations.NullMarked;
