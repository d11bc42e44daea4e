/* SPDX-License-Identifier: Apache-2.0 */
/** Clusters as processes, recorded workloads, and the judge of their histories. */
@NullMarked
package io.klamm.testkit;

import org.jspecify.annotations.NullMarked;
