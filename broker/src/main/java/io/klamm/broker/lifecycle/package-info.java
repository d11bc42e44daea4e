/* SPDX-License-Identifier: Apache-2.0 */
/** The node: registering, heartbeats, following the metadata, starting and stopping, and the only wiring. */
@NullMarked
package io.klamm.broker.lifecycle;

import org.jspecify.annotations.NullMarked;
