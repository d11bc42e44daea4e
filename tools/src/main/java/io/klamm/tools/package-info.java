/* SPDX-License-Identifier: Apache-2.0 */
/** The klamm command: its entry and what all of its commands share. */
@NullMarked
package io.klamm.tools;

import org.jspecify.annotations.NullMarked;
