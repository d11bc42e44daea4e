/* SPDX-License-Identifier: Apache-2.0 */
/** Commands that talk to a cluster with Kafka's public client API. */
@NullMarked
package io.klamm.tools.client;

import org.jspecify.annotations.NullMarked;
