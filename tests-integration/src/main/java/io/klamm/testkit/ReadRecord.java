/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

/**
 * A record as a consumer got it.
 *
 * @param partition its partition
 * @param offset its offset
 * @param value its value
 */
public record ReadRecord(int partition, long offset, String value) {}
