/* SPDX-License-Identifier: Apache-2.0 */
/** What the processes of a run did and saw, and when: recorded, written as JSON lines, read back. */
@NullMarked
package io.klamm.testkit.history;

import org.jspecify.annotations.NullMarked;
