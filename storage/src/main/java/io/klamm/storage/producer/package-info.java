/* SPDX-License-Identifier: Apache-2.0 */
/** What a log remembers of idempotent and transactional producers. */
@NullMarked
package io.klamm.storage.producer;

import org.jspecify.annotations.NullMarked;
