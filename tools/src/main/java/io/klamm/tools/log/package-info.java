/* SPDX-License-Identifier: Apache-2.0 */
/** Commands that look into log dirs on disk: {@code klamm log}. They read only. */
@NullMarked
package io.klamm.tools.log;

import org.jspecify.annotations.NullMarked;
