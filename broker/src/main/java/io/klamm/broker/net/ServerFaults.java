/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import io.klamm.replication.wire.MalformedMessageException;
import io.netty.channel.Channel;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What goes wrong on a listener's connections: counted, told in one line per interval, and answered by closing the connection. */
@SuppressWarnings("FutureReturnValueIgnored") // closing needs no answer
final class ServerFaults {
    private static final Logger LOG = LoggerFactory.getLogger(ServerFaults.class);

    private final NetMetrics metrics;
    private final OccasionalLog log;

    ServerFaults(NetMetrics metrics, OccasionalLog log) {
        this.metrics = metrics;
        this.log = log;
    }

    /** Something in a connection's pipeline threw, or its socket failed. */
    void caught(Channel channel, Connection connection, Throwable cause) {
        if (cause instanceof MalformedMessageException) {
            metrics.badRequests.inc();
            log.log(withoutNumbers(cause), more -> LOG.warn("Closed {}: {}{}", connection, cause.getMessage(), more));
        } else if (cause instanceof IOException) {
            LOG.debug("Lost {}: {}", connection, cause.getMessage());
        } else {
            metrics.failures.inc();
            log.log(withoutNumbers(cause), more -> LOG.error("Closed {}{}", connection, more, cause));
        }
        channel.close();
    }

    /** An answer could not be made into bytes. */
    void unanswerable(Channel channel, RuntimeException cause) {
        metrics.failures.inc();
        if (cause instanceof UncheckedIOException) {
            log.log(
                    "unreadable",
                    more -> LOG.warn("Closed a connection whose answer could not be read: {}{}", cause, more));
        } else {
            log.log(
                    "unencodable " + withoutNumbers(cause),
                    more -> LOG.error("Closed a connection whose answer could not be encoded{}", more, cause));
        }
        channel.close();
    }

    /** A handler failed by a fault of ours; the client gets UNKNOWN_SERVER_ERROR. */
    void handlerFailed(RequestContext request, Throwable cause) {
        metrics.failures.inc();
        log.log(
                request.api().name + ' ' + withoutNumbers(cause),
                more -> LOG.error(
                        "{} version {} of client '{}' failed{}",
                        request.api().name,
                        request.version(),
                        request.clientId(),
                        more,
                        cause));
    }

    void refused(Channel channel, Connection connection) {
        metrics.refusedConnections.inc();
        log.log("too many connections", more -> LOG.warn("Refused {}: too many connections{}", connection, more));
        channel.close();
    }

    void idle(Channel channel, Connection connection) {
        metrics.idleClosed.inc();
        LOG.debug("Closed {}: idle", connection);
        channel.close();
    }

    void unread(Channel channel, Connection connection) {
        metrics.badRequests.inc();
        log.log(
                "unread",
                more -> LOG.warn(
                        "Closed {}: it does not read its answers while memory for answers is used up{}",
                        connection,
                        more));
        channel.close();
    }

    void stalled(Channel channel, Connection connection) {
        metrics.badRequests.inc();
        log.log(
                "stalled",
                more -> LOG.warn(
                        "Closed {}: it stopped or crawled in the middle of a request while memory for requests is used up{}",
                        connection,
                        more));
        channel.close();
    }

    /** Sizes, ids and offsets in a message do not make another cause. */
    private static String withoutNumbers(Throwable cause) {
        return cause.getClass().getName()
                + ' '
                + String.valueOf(cause.getMessage()).replaceAll("-?[0-9]+", "#");
    }
}
