/* SPDX-License-Identifier: Apache-2.0 */
/** The Ratis quorum that holds the metadata log: forming, submitting, applying, snapshots, history. */
@NullMarked
package io.klamm.metadata.quorum;

import org.jspecify.annotations.NullMarked;
