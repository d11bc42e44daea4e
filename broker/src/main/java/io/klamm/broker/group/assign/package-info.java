/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Who reads what: the assignors that the coordinator runs for groups of the consumer protocol (KIP-848). Pure, without clock or I/O, and
 * equal input gives equal output: everything here is ordered by member id, topic id and partition, never by hash.
 */
@NullMarked
package io.klamm.broker.group.assign;

import org.jspecify.annotations.NullMarked;
