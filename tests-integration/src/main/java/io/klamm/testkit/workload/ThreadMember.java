/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

import io.klamm.testkit.WorkerThread;
import java.time.Duration;

/** A member on a thread of this process. One that vanishes sends nothing any more. */
final class ThreadMember implements Member {
    private static final Duration END = Duration.ofSeconds(90);

    private final RecordingMember member;
    private final String name;
    private final WorkerThread thread;
    private volatile boolean stuck;

    ThreadMember(MemberSettings settings, Diary diary) {
        this.member = new RecordingMember(settings, diary);
        this.name = settings.process();
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
        stuck = thread.isAlive();
    }

    @Override
    public void check() {
        thread.check();
        if (stuck) {
            throw new AssertionError(name + " did not end within " + END.toSeconds() + " s");
        }
    }
}
