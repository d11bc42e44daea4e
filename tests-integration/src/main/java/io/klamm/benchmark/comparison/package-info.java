/* SPDX-License-Identifier: Apache-2.0 */
/** Klamm and Apache Kafka under the same load on the same machine, in turns; prints tables and draws a chart, asserts nothing. */
@NullMarked
package io.klamm.benchmark.comparison;

import org.jspecify.annotations.NullMarked;
