/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.metadata.quorum.VoterChangeException;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.jspecify.annotations.Nullable;

/** What became of a change of the quorum's members, for the wire. */
final class VoterChangeAnswers {
    private VoterChangeAnswers() {}

    /** NONE when {@code failure} is null. */
    static ApiError of(@Nullable Throwable failure) {
        if (failure == null) {
            return ApiError.NONE;
        }
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof VoterChangeException refused) {
            return new ApiError(refused.error(), refused.getMessage());
        }
        Errors error = ControllerErrors.of(cause);
        return new ApiError(error, error == Errors.NOT_CONTROLLER ? cause.getMessage() : error.message());
    }
}
