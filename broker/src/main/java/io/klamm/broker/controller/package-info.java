/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a voter serves on its CONTROLLER listener: Kafka frames in, calls of the active controller, of the quorum and of its
 * history of facts out.
 */
@NullMarked
package io.klamm.broker.controller;

import org.jspecify.annotations.NullMarked;
