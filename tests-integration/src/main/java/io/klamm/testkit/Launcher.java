/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The {@code klamm} command under test. */
public final class Launcher {
    private Launcher() {}

    /** Path of the launcher script: system property {@code klamm.launcher}. */
    public static String path() {
        return property("klamm.launcher");
    }

    /** Folder in which clusters keep their files: system property {@code klamm.work}. */
    public static Path workDirectory() {
        return Path.of(property("klamm.work"));
    }

    /** Runs {@code klamm ARGUMENTS} to its end. */
    public static Programs.Outcome run(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(path());
        command.addAll(List.of(arguments));
        return Programs.run(Duration.ofSeconds(60), command);
    }

    static String property(String name) {
        String value = System.getProperty(name);
        if (value == null) {
            throw new IllegalStateException("system property " + name + " is not set; run the tests with mvn verify");
        }
        return value;
    }
}
