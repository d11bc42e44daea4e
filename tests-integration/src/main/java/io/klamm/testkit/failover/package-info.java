/* SPDX-License-Identifier: Apache-2.0 */
/** The benchmark of fail-over: how long acknowledgements pause around a fault, for Klamm and for Apache Kafka. */
@NullMarked
package io.klamm.testkit.failover;

import org.jspecify.annotations.NullMarked;
