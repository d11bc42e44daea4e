/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

import io.klamm.testkit.WorkerThread;
import java.time.Duration;

/** A member on a thread of this process. One that vanishes sends nothing any more. */
final class ThreadMember implements Member {
    private static final Duration END = Duration.ofSeconds(90);

    private final RecordingMember member;
    private final WorkerThread thread;

    ThreadMember(MemberSettings settings, Diary diary) {
        this.member = new RecordingMember(settings, diary);
        this.thread = new WorkerThread(settings.process(), member::run).start();
    }

    @Override
    public void leave() {
        member.leave();
    }

    @Override
    public void vanish() {
        member.vanish();
    }

    @Override
    public void awaitEnd() {
        thread.join(END);
    }

    @Override
    public void check() {
        thread.check();
    }
}
