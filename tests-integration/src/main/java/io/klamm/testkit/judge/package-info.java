/* SPDX-License-Identifier: Apache-2.0 */
/** The judge: promises of the log, checked on a history. Pure. */
@NullMarked
package io.klamm.testkit.judge;

import org.jspecify.annotations.NullMarked;
