/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.io.LogFiles;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;

/** The system's files without forces: for tests in which the power stays on. */
final class UnforcedFiles {
    private static final Set<String> FORCES = Set.of("force", "syncDirectory");

    private UnforcedFiles() {}

    static LogFiles create() {
        return (LogFiles) Proxy.newProxyInstance(
                LogFiles.class.getClassLoader(), new Class<?>[] {LogFiles.class}, (proxy, method, arguments) -> {
                    if (FORCES.contains(method.getName())) {
                        return null;
                    }
                    try {
                        return method.invoke(LogFiles.SYSTEM, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
