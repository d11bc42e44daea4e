/* SPDX-License-Identifier: Apache-2.0 */
/** The node's metrics. */
@NullMarked
package io.klamm.broker.metrics;

import org.jspecify.annotations.NullMarked;
