/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.image.MetadataImage;

/**
 * Decides one request, without side effects: no clock, no I/O, no randomness of its own.
 */
@FunctionalInterface
public interface Decider<R> {
    /**
     * @param pending the committed image plus everything decided and not yet applied; {@link MetadataImage#endOffset()} is
     *     the offset that the first fact of this decision will get
     */
    Decision<R> decide(MetadataImage pending);
}
