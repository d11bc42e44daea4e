/* SPDX-License-Identifier: Apache-2.0 */
/** The file seam: every file operation of the logs goes through it, so that each can be made to fail. */
@NullMarked
package io.klamm.storage.io;

import org.jspecify.annotations.NullMarked;
