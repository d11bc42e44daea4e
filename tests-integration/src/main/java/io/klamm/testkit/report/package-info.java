/* SPDX-License-Identifier: Apache-2.0 */
/** What a run looked like: one page for a browser. */
@NullMarked
package io.klamm.testkit.report;

import org.jspecify.annotations.NullMarked;
