/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.node;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class NodeLogTest {
    private final Logger root = logger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Logger division = logger("org.apache.ratis.server.RaftServer$Division");
    private final Logger ratis = logger("org.apache.ratis");
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    private static Logger logger(String name) {
        return (Logger) LoggerFactory.getLogger(name);
    }

    @BeforeEach
    void listen() {
        division.setLevel(Level.ERROR);
        lines.start();
        root.addAppender(lines);
    }

    @AfterEach
    void restore() {
        root.detachAppender(lines);
        division.setLevel(null);
        ratis.setLevel(null);
    }

    @Test
    void whatRatisCallsAnErrorIsShownUntilAStopBegins() {
        division.error("the log is full");
        NodeLog.stopBegins();
        division.error("Failed appendEntries");
        logger("org.apache.ratis.server.impl.TransferLeadership").error("Failed to startLeaderElection");
        logger("io.klamm.broker.lifecycle.Broker").error("ours");
        assertThat(lines.list).extracting(ILoggingEvent::getMessage).containsExactly("the log is full", "ours");
    }

    @Test
    void linesOfJavaLoggingTakeTheSameWay() {
        NodeLog.bridgeJavaLogging();
        java.util.logging.Logger.getLogger("io.grpc.Core").warning("{0} is odd");
        assertThat(lines.list).singleElement().satisfies(line -> {
            assertThat(line.getLoggerName()).isEqualTo("io.grpc.Core");
            assertThat(line.getLevel()).isEqualTo(Level.WARN);
            assertThat(line.getMessage()).isEqualTo("{0} is odd");
        });
    }
}
