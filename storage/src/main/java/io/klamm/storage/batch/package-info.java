/* SPDX-License-Identifier: Apache-2.0 */
/** Record batches, format v2: a flyweight on the header, structure checks, and the iteration of records. */
@NullMarked
package io.klamm.storage.batch;

import org.jspecify.annotations.NullMarked;
