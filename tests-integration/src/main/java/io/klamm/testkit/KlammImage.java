/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import com.github.dockerjava.api.exception.NotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.images.builder.ImageFromDockerfile;

/**
 * The image that the project's Dockerfile makes of what was built. Its base image must be there: nothing is pulled. The environment variable
 * BASE_IMAGE names another one than the Dockerfile does.
 */
final class KlammImage {
    private static final Pattern BASE = Pattern.compile("(?m)^ARG BASE_IMAGE=(\\S+)$");

    /** Made once for all containers of this process, and deleted at its end. */
    private static final ImageFromDockerfile IMAGE = define();

    private KlammImage() {}

    /** Whether a container engine answers that has the base image. */
    static boolean canBeMade() {
        if (!DockerClientFactory.instance().isDockerAvailable()) {
            return false;
        }
        try {
            DockerClientFactory.lazyClient().inspectImageCmd(base()).exec();
            return true;
        } catch (NotFoundException e) {
            return false;
        }
    }

    static ImageFromDockerfile get() {
        return IMAGE;
    }

    private static ImageFromDockerfile define() {
        ImageFromDockerfile image = new ImageFromDockerfile(
                        "klamm-testkit:" + ProcessHandle.current().pid(), false)
                .withBuildArg("BASE_IMAGE", base());
        for (String file : new String[] {"Dockerfile", "bin", "target/klamm/lib", "src/docker/server.properties"}) {
            image.withFileFromPath(file, tools().resolve(file));
        }
        // Testcontainers deletes images by a container of its own only, which would have to be pulled.
        Runtime.getRuntime().addShutdownHook(new Thread(KlammImage::delete, "image"));
        return image;
    }

    private static void delete() {
        try {
            DockerClientFactory.lazyClient()
                    .removeImageCmd(IMAGE.getDockerImageName())
                    .withForce(true)
                    .exec();
        } catch (NotFoundException e) {
            // it was never made
        }
    }

    private static String base() {
        String other = System.getenv("BASE_IMAGE");
        if (other != null && !other.isEmpty()) {
            return other;
        }
        try {
            Matcher line = BASE.matcher(Files.readString(tools().resolve("Dockerfile")));
            if (!line.find()) {
                throw new IllegalStateException("the Dockerfile has no default for BASE_IMAGE");
            }
            return line.group(1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The folder that is the context of a build: the launcher is in its bin. */
    private static Path tools() {
        return Path.of(Launcher.path()).resolveSibling("..").normalize();
    }
}
