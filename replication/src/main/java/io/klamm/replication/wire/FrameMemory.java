/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

/**
 * Says whether a frame that is being received may take more memory. One a connection, on its event loop. A frame that arrives whole
 * in one read takes none.
 */
public interface FrameMemory {
    /** No bound but the frame size: for connections to nodes of the own cluster, which are few. */
    FrameMemory UNBOUNDED = new FrameMemory() {
        @Override
        public boolean grow(int bytes) {
            return true;
        }

        @Override
        public void shrink(int bytes) {
            // nothing is counted
        }
    };

    /**
     * Asks for more bytes.
     *
     * @return false: not now. The decoder stops where it is, and tries again when the channel is read again; reading must have
     *     been switched off, and is switched on when there is memory.
     */
    boolean grow(int bytes);

    /** The frame is gone, and with it this many bytes. */
    void shrink(int bytes);
}
