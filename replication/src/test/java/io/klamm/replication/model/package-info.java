/* SPDX-License-Identifier: Apache-2.0 */
/** Models of what replication stands on: logs in memory, virtual time, a network and a controller that can be made to misbehave. */
package io.klamm.replication.model;
