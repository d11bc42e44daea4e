/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

/** Something that was promised does not hold. */
final class Broken extends AssertionError {
    private static final long serialVersionUID = 1L;

    private Broken(String message) {
        super(message);
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency of its own
    static Broken promise(String format, Object... args) {
        return new Broken(String.format(format, args));
    }
}
