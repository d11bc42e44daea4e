/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.node;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import org.slf4j.LoggerFactory;

/** What a node's log takes from the libraries. */
final class NodeLog {
    /** Where this is set, somebody wants to read what Ratis says, until the end. */
    private static final String RATIS_LEVEL = "klamm.log.ratis";

    private static final String RATIS = "org.apache.ratis";

    private NodeLog() {}

    /** gRPC logs with java.util.logging: its lines get the form and the levels of all others. */
    static void bridgeJavaLogging() {
        LogManager.getLogManager().reset();
        java.util.logging.Logger.getLogger("").addHandler(new Bridge());
    }

    /**
     * Ratis calls it an error, in several lines with stack traces, that requests under way are cancelled when it is closed. Who reads
     * an ERROR shall find a fault, so from the moment a stop begins only our own loggers speak; faults before it are shown.
     */
    static void stopBegins() {
        if (System.getProperty(RATIS_LEVEL) == null
                && LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            for (Logger logger : List.copyOf(context.getLoggerList())) {
                if (logger.getName().equals(RATIS) || logger.getName().startsWith(RATIS + '.')) {
                    logger.setLevel(Level.OFF);
                }
            }
            context.getLogger(RATIS).setLevel(Level.OFF);
        }
    }

    private static final class Bridge extends Handler {
        private final SimpleFormatter formatter = new SimpleFormatter();

        @Override
        public void publish(LogRecord line) {
            String name = line.getLoggerName();
            org.slf4j.Logger logger = LoggerFactory.getLogger(name == null ? "java" : name);
            int level = line.getLevel().intValue();
            String message = formatter.formatMessage(line);
            if (level >= java.util.logging.Level.SEVERE.intValue()) {
                logger.error(message, line.getThrown());
            } else if (level >= java.util.logging.Level.WARNING.intValue()) {
                logger.warn(message, line.getThrown());
            } else if (level >= java.util.logging.Level.INFO.intValue()) {
                logger.info(message, line.getThrown());
            } else {
                logger.debug(message, line.getThrown());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
