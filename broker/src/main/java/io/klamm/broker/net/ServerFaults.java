/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import io.klamm.replication.wire.MalformedMessageException;
import io.netty.channel.Channel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What goes wrong on a listener's connections: counted, told in one line per interval, and answered by closing the connection. */
@SuppressWarnings("FutureReturnValueIgnored") // closing needs no answer
final class ServerFaults {
    private static final Logger LOG = LoggerFactory.getLogger(ServerFaults.class);

    private final NetMetrics metrics;
    private final OccasionalLog badInput;
    private final OccasionalLog failures;
    private final OccasionalLog refusals;

    ServerFaults(NetMetrics metrics, LongSupplier nanos) {
        this.metrics = metrics;
        this.badInput = new OccasionalLog(nanos);
        this.failures = new OccasionalLog(nanos);
        this.refusals = new OccasionalLog(nanos);
    }

    /** Something in a connection's pipeline threw, or its socket failed. */
    void caught(Channel channel, Connection connection, Throwable cause) {
        if (cause instanceof MalformedMessageException) {
            metrics.badRequests.inc();
            badInput.log(more -> LOG.warn("Closed {}: {}{}", connection, cause.getMessage(), more));
        } else if (cause instanceof IOException) {
            LOG.debug("Lost {}: {}", connection, cause.getMessage());
        } else {
            metrics.failures.inc();
            failures.log(more -> LOG.error("Closed {}{}", connection, more, cause));
        }
        channel.close();
    }

    /** An answer could not be made into bytes. */
    void unanswerable(Channel channel, RuntimeException cause) {
        metrics.failures.inc();
        if (cause instanceof UncheckedIOException) {
            failures.log(more -> LOG.warn("Closed a connection whose answer could not be read: {}{}", cause, more));
        } else {
            failures.log(more -> LOG.error("Closed a connection whose answer could not be encoded{}", more, cause));
        }
        channel.close();
    }

    /** A handler failed by a fault of ours; the client gets UNKNOWN_SERVER_ERROR. */
    void handlerFailed(RequestContext request, Throwable cause) {
        metrics.failures.inc();
        failures.log(more -> LOG.error(
                "{} version {} of client '{}' failed{}",
                request.api().name,
                request.version(),
                request.clientId(),
                more,
                cause));
    }

    void refused(Channel channel, Connection connection) {
        metrics.refusedConnections.inc();
        refusals.log(more -> LOG.warn("Refused {}: too many connections{}", connection, more));
        channel.close();
    }

    void idle(Channel channel, Connection connection) {
        metrics.idleClosed.inc();
        LOG.debug("Closed {}: idle", connection);
        channel.close();
    }

    void stalled(Channel channel, Connection connection) {
        metrics.badRequests.inc();
        badInput.log(more -> LOG.warn(
                "Closed {}: it stopped in the middle of a request while memory for requests is used up{}",
                connection,
                more));
        channel.close();
    }
}
