/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

/** Learns of new images, on the metadata thread of its node, in order, with everything in between merged. */
@FunctionalInterface
public interface MetadataSubscriber {
    /** May take long (opening logs); later images wait and are merged. An exception is fatal for the node. */
    void onMetadata(MetadataDelta delta);
}
