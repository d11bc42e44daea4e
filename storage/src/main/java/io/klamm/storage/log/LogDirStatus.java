/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.nio.file.Path;
import org.apache.kafka.common.Uuid;

/**
 * A log dir of log.dirs.
 *
 * @param id its directory id, {@link Uuid#ZERO_UUID} when it could not be read at the start
 * @param totalBytes size of its disk when somebody looked last, -1 when nobody has
 * @param usableBytes what was free on it then, -1 when nobody has looked
 */
public record LogDirStatus(Path path, Uuid id, boolean online, long totalBytes, long usableBytes) {}
