/* SPDX-License-Identifier: Apache-2.0 */
/** Decisions of the active controller: pure functions from an image to facts, and the one thread that takes them. */
@NullMarked
package io.klamm.metadata.controller;

import org.jspecify.annotations.NullMarked;
