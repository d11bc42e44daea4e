/* SPDX-License-Identifier: Apache-2.0 */
/** What commands print: tables for people, JSON for scripts. */
@NullMarked
package io.klamm.tools.output;

import org.jspecify.annotations.NullMarked;
