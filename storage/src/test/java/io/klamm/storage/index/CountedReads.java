/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.index;

import io.klamm.storage.io.LogFiles;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** The system's files; counts what is read. */
final class CountedReads {
    private int count;

    final LogFiles files = (LogFiles) Proxy.newProxyInstance(
            LogFiles.class.getClassLoader(), new Class<?>[] {LogFiles.class}, (proxy, method, arguments) -> {
                if (method.getName().equals("read")) {
                    count++;
                }
                try {
                    return method.invoke(LogFiles.SYSTEM, arguments);
                } catch (InvocationTargetException e) {
                    throw e.getCause();
                }
            });

    int count() {
        return count;
    }
}
