/* SPDX-License-Identifier: Apache-2.0 */
/** Clients that mean harm: seeded bad requests, lying lengths, slow senders, floods, bombs; and who watches what they do to the nodes. */
@NullMarked
package io.klamm.testkit.hostile;

import org.jspecify.annotations.NullMarked;
