/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

/** Told by the server when a client connection is gone, on its event loop; must not block. */
@FunctionalInterface
public interface ConnectionListener {
    ConnectionListener NONE = connectionId -> {};

    /** @param connectionId as in {@link RequestContext#connectionId()} */
    void connectionClosed(long connectionId);
}
