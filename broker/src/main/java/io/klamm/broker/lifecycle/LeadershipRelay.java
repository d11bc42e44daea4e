/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.metadata.controller.FactLog;
import org.jspecify.annotations.Nullable;

/** Passes the quorum's news of leadership on to the controller, which is made from the quorum's log and so comes after it. */
final class LeadershipRelay implements FactLog.Listener {
    private volatile FactLog.@Nullable Listener target;

    /** Before the quorum starts, so that no news is lost. */
    void connect(FactLog.Listener listener) {
        target = listener;
    }

    @Override
    public void onLeaderReady(int term) {
        FactLog.Listener listener = target;
        if (listener != null) {
            listener.onLeaderReady(term);
        }
    }

    @Override
    public void onNotLeader() {
        FactLog.Listener listener = target;
        if (listener != null) {
            listener.onNotLeader();
        }
    }
}
