/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

/** This node does not lead the quorum (any more), or the outcome of a decision is unknown because it lost leadership. */
public final class NotActiveControllerException extends RuntimeException {
    public NotActiveControllerException(String message) {
        super(message);
    }
}
