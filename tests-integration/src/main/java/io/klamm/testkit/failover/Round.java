/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.failover;

/**
 * What one fault cost.
 *
 * @param pauseMs the longest pause between acknowledgements
 * @param serversMs from the fault to the new leader in the metadata of every node that lives, -1 when it was not measured
 * @param freshMs from the fault to the first acknowledgement that a newly connected producer got, -1 when it was not measured
 * @param failed records that the client gave up
 * @param note for the line of this round
 */
record Round(double pauseMs, double serversMs, double freshMs, int failed, String note) {}
