/* SPDX-License-Identifier: Apache-2.0 */
/** Looks at logs from outside, damaged or in use: reads only, takes no lock. For tools. */
@NullMarked
package io.klamm.storage.inspect;

import org.jspecify.annotations.NullMarked;
