/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A cluster in one thread and virtual time: the real controller, broker life cycle, replicas and fetchers, on a network, disks and a
 * metadata quorum that misbehave as one seed decides (design D9). After every event what was promised is checked.
 */
package io.klamm.simulation;
