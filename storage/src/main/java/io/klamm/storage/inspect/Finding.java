/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.inspect;

import java.nio.file.Path;

/**
 * Something that a check of a log has found.
 *
 * @param file file or folder
 * @param offset of the log, -1 when it is about none
 * @param position byte in the file, -1 when it is about none
 * @param what one sentence: what is there, what was expected, what follows
 */
public record Finding(Severity severity, Path file, long offset, long position, String what) {
    public static final long NONE = -1;

    /** How bad it is. */
    public enum Severity {
        /** Records, or what the log knows about them, are lost or wrong. */
        DAMAGE,
        /** Wrong, and the node puts it right by itself when it starts or uses the file. */
        REPAIRABLE,
        /** Nothing is wrong; worth knowing. */
        NOTE
    }

    /** Takes findings. */
    public interface Sink {
        void found(Finding finding);

        default void damage(Path file, long offset, long position, String what) {
            found(new Finding(Severity.DAMAGE, file, offset, position, what));
        }

        default void repairable(Path file, long offset, long position, String what) {
            found(new Finding(Severity.REPAIRABLE, file, offset, position, what));
        }

        default void note(Path file, long offset, long position, String what) {
            found(new Finding(Severity.NOTE, file, offset, position, what));
        }
    }
}
