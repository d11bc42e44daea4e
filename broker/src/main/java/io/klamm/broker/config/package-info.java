/* SPDX-License-Identifier: Apache-2.0 */
/** One typed registry of all settings. */
@NullMarked
package io.klamm.broker.config;

import org.jspecify.annotations.NullMarked;
