/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class NodeOutcomeTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger(NodeOutcome.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final NodeOutcome outcome = new NodeOutcome();

    @BeforeEach
    void listen() {
        lines.start();
        logger.addAppender(lines);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(lines);
    }

    @Test
    void aReplacedNodeEndsOnAFaultWithOneLine() throws Exception {
        Uuid other = new Uuid(5, 5);
        outcome.fault(new NodeReplacedException(3, other));
        NodeOutcome.Ended ended = outcome.await();
        assertThat(ended.kind()).isEqualTo(NodeOutcome.Kind.FAULT);
        assertThat(ended.message()).contains("node 3", other.toString(), "node.id");
        assertThat(lines.list).hasSize(1);
        assertThat(lines.list.get(0).getThrowableProxy()).as("no stack trace").isNull();
    }

    @Test
    void theFirstEndIsBelievedAndABugShowsWhereItCameFrom() throws Exception {
        outcome.fault(new IllegalStateException("a bug"));
        outcome.stopped();
        assertThat(outcome.await()).isEqualTo(new NodeOutcome.Ended(NodeOutcome.Kind.FAULT, "a bug"));
        assertThat(lines.list.get(0).getThrowableProxy()).isNotNull();
    }
}
