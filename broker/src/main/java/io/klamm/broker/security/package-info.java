/* SPDX-License-Identifier: Apache-2.0 */
/** Principals and authorization. */
@NullMarked
package io.klamm.broker.security;

import org.jspecify.annotations.NullMarked;
