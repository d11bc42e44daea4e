/* SPDX-License-Identifier: Apache-2.0 */
/** What clients do during a run, taken down in its history. Producers are RecordedProducer, the last reading is TopicReader. */
@NullMarked
package io.klamm.testkit.workload;

import org.jspecify.annotations.NullMarked;
