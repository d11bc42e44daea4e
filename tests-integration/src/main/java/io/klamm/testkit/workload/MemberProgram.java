/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.HistoryFile;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A member as a process of its own, which can be killed; see {@link ProcessMember}. It leaves when its standard input ends. Each line that
 * it writes is one of {@link #EVENT}, {@link #OPEN}, with an event behind it, {@link #HOLDING}, and {@link #FREEZING}; whatever it has
 * written is out before it goes on.
 */
final class MemberProgram {
    static final String EVENT = "E ";
    static final String OPEN = "O ";

    /** It was told to {@link #HOLD}, has read, has not committed, and does nothing any more. */
    static final String HOLDING = "H";

    static final String HOLD = "hold";

    /** It was told to {@link #FREEZE}, has read, has not committed, and waits to be stopped; until it is told to {@link #GO_ON}. */
    static final String FREEZING = "F";

    static final String FREEZE = "freeze";
    static final String GO_ON = "go on";

    private static final long LONGEST_FREEZE_NANOS = Duration.ofSeconds(60).toNanos();

    private MemberProgram() {}

    /**
     * Arguments: the System.nanoTime with which the run began (all processes of a machine have the same clock), name, group, topic, and
     * settings of the consumer as key=value.
     */
    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        System.setOut(System.err); // what libraries print is none of the lines
        Map<String, String> config = new HashMap<>();
        for (String setting : List.of(arguments).subList(4, arguments.length)) {
            int at = setting.indexOf('=');
            config.put(setting.substring(0, at), setting.substring(at + 1));
        }
        MemberSettings settings = new MemberSettings(arguments[1], arguments[2], arguments[3], config);
        Lines lines = new Lines(Long.parseLong(arguments[0]), out);
        RecordingMember member = new RecordingMember(settings, lines);
        Thread orders = new Thread(() -> obey(member, lines), "orders");
        orders.setDaemon(true);
        orders.start();
        try {
            member.run();
        } catch (RuntimeException e) {
            System.err.println(settings.process() + " failed: " + e);
            System.exit(1);
        }
    }

    private static void obey(RecordingMember member, Lines lines) {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                switch (line) {
                    case HOLD -> lines.holds = true;
                    case FREEZE -> lines.freezes = true;
                    case GO_ON -> lines.goOn();
                    default -> throw new IOException("unknown order " + line);
                }
            }
        } catch (IOException e) {
            System.err.println("no more orders: " + e);
        }
        if (lines.holds) {
            Runtime.getRuntime().halt(2); // nobody is there who would kill it
        }
        lines.goOn();
        member.leave();
    }

    /** A diary that is written where somebody else reads it. */
    private static final class Lines implements Diary {
        private final long startNanos;
        private final PrintStream out;
        private volatile boolean holds;
        private volatile boolean freezes;
        private volatile @Nullable Thread waiting;

        Lines(long startNanos, PrintStream out) {
            this.startNanos = startNanos;
            this.out = out;
        }

        @Override
        public long now() {
            return System.nanoTime() - startNanos;
        }

        @Override
        public void add(Event event) {
            write(EVENT + HistoryFile.line(event));
        }

        @Override
        public void open(Event event) {
            write(OPEN + HistoryFile.line(event));
        }

        void goOn() {
            freezes = false;
            LockSupport.unpark(waiting);
        }

        @Override
        public void read() {
            if (freezes) {
                waiting = Thread.currentThread();
                write(FREEZING);
                long until = System.nanoTime() + LONGEST_FREEZE_NANOS;
                for (long left = LONGEST_FREEZE_NANOS; freezes && left > 0; left = until - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                freezes = false;
            }
            if (holds) {
                write(HOLDING);
            }
            while (holds) {
                LockSupport.park();
            }
        }

        private void write(String line) {
            out.println(line);
            out.flush();
        }
    }
}
