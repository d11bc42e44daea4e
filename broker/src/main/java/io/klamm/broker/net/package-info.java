/* SPDX-License-Identifier: Apache-2.0 */
/** The Netty server: connections, frames, ordered responses, back-pressure. */
@NullMarked
package io.klamm.broker.net;

import org.jspecify.annotations.NullMarked;
