/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import com.codahale.metrics.MetricRegistry;
import io.klamm.broker.config.NodeConfig;
import io.klamm.broker.config.NodeSettings;
import io.klamm.broker.metrics.NodeMetrics;
import io.klamm.broker.security.Authorizer;
import io.klamm.metadata.image.ImagePublisher;
import io.klamm.metadata.quorum.QuorumStartException;
import io.klamm.replication.peer.NettyPeerConnector;
import io.klamm.replication.peer.PeerConnector;
import io.klamm.storage.log.LogStoreException;
import io.netty.channel.EventLoopGroup;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node: the only place where its parts are put together.
 *
 * <p>Start: log dirs and metadata directory are opened and checked, all listeners bound, the CONTROLLER listener opened (other
 * voters ask there whether the quorum has formed), the quorum or the tailer started, the broker registered; its listeners serve
 * when its own registration is published. {@link #start} returns when all this is under way: how long it takes depends on the other
 * nodes.
 *
 * <p>Stop: leaders are moved away, clients' connections answered and closed, logs closed with the clean-shutdown mark, then
 * the quorum left. Each step has its bound, and one that needs a controller is skipped soon when none answers, so that all
 * nodes of a cluster can be stopped at once.
 */
public final class Broker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Broker.class);
}
