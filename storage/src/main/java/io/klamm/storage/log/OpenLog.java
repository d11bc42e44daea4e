/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

/** A log in use and where it lies. */
record OpenLog(SegmentedLog log, StoreDir dir) {}
