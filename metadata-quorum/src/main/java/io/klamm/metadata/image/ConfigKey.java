/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import io.klamm.metadata.fact.ConfigResourceType;

/** A resource that has dynamic configuration. The name of the default of all brokers is empty. */
public record ConfigKey(ConfigResourceType type, String name) {}
