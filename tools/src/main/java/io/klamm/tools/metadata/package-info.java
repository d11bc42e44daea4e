/* SPDX-License-Identifier: Apache-2.0 */
/** Commands that read the metadata log. */
@NullMarked
package io.klamm.tools.metadata;

import org.jspecify.annotations.NullMarked;
