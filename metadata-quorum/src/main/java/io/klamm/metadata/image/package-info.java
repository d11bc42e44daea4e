/* SPDX-License-Identifier: Apache-2.0 */
/** The immutable picture of the cluster that the facts build, and what changed between two pictures. */
@NullMarked
package io.klamm.metadata.image;

import org.jspecify.annotations.NullMarked;
