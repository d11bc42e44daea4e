/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version of this build. */
public final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        return new String[] {"klamm " + current()};
    }

    public static String current() {
        Properties properties = new Properties();
        try (InputStream stream = Version.class.getResourceAsStream("version.properties")) {
            if (stream != null) {
                properties.load(stream);
            }
        } catch (IOException e) {
            throw new IllegalStateException("cannot read the version out of the jar", e);
        }
        return properties.getProperty("version", "unknown");
    }
}
