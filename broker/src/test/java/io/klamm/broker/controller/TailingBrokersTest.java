/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.klamm.metadata.image.DigestStanding;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class TailingBrokersTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger(TailingBrokers.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final TailingBrokers tailing = new TailingBrokers(() -> 5);

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
    void aNodeWhoseMetadataDiffersIsNamedOnceInTheLogOfTheActiveController() {
        tailing.heard(3, 900, new DigestStanding(800, -1));
        assertThat(lines.list).isEmpty();
        DigestStanding other = new DigestStanding(800, 1_000);
        for (int i = 0; i < 3; i++) {
            tailing.heard(3, 1_001 + i, other);
            tailing.fetched(3, 1_001 + i);
        }
        assertThat(lines.list).singleElement().satisfies(line -> {
            assertThat(line.getLevel()).isEqualTo(Level.ERROR);
            assertThat(line.getFormattedMessage()).contains("node 3 is not that of", "since offset 1000");
        });
        assertThat(tailing.all()).containsEntry(3, new TailingBrokers.Progress(1_003, 5, other));

        tailing.heard(3, 1_004, DigestStanding.NOT_COMPARED); // started again
        tailing.heard(3, 1_005, other);
        assertThat(lines.list).hasSize(2);
    }

    @Test
    void aNodeOfAnOlderVersionSaysNothingOfIt() {
        tailing.heard(3, 900, null);
        assertThat(tailing.all()).containsEntry(3, new TailingBrokers.Progress(900, 5, null));
        assertThat(lines.list).isEmpty();
    }
}
