/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import io.klamm.testkit.hostile.Victim.Door;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.protocol.ApiKeys;

/** Harm by connections: too many, too slow, never reading. */
enum ConnectionAssaults implements Assault {
    /** Connections that send nothing, half a length, half a header, or a little of what they announce. */
    HALF_OPEN {
        @Override
        public List<Door> doors() {
            return List.of(Door.CLIENTS, Door.CLIENTS, Door.CONTROLLER);
        }

        @Override
        public String perform(Victim victim, Random random, Duration hold) throws Exception {
            try (Flood flood = new Flood(victim, FLOOD, 0)) {
                byte[] start = frameStart(40);
                int number = 0;
                for (HostileConnection connection : flood.open()) {
                    flood.send(
                            connection, start, 0, List.of(0, 2, 6, start.length).get(number++ % 4));
                }
                HostileConnection.pause(hold);
                HostileConnection.seeServed(victim.address());
                return flood.letGo();
            }
        }
    },
    /** As many as take all memory for requests, if the node gives some for what is announced: each goes on with a byte now and then. */
    SLOW_SENDERS {
        @Override
        public List<Door> doors() {
            return List.of(Door.CLIENTS, Door.CLIENTS, Door.CONTROLLER);
        }

        @Override
        public String perform(Victim victim, Random random, Duration hold) throws Exception {
            try (Flood flood = new Flood(victim, SLOW, 0)) {
                byte[] start = frameStart(80 * 1024);
                for (HostileConnection connection : flood.open()) {
                    flood.send(connection, start, 0, 1 + random.nextInt(start.length));
                }
                long least = (long) SLOW * start.length / 4;
                if (flood.bytes() < least && flood.ended() == 0) {
                    throw new AssertionError("only " + flood.bytes() + " bytes could be sent");
                }
                long end = System.nanoTime() + hold.toNanos();
                while (System.nanoTime() - end < 0) {
                    for (HostileConnection connection : flood.open()) {
                        flood.send(connection, start, 0, 1);
                    }
                    HostileConnection.pause(Duration.ofMillis(100));
                }
                HostileConnection.seeServed(victim.address());
                return flood.letGo();
            }
        }
    },
    /** Clients that ask again and again for long answers, and read none. */
    NEVER_READING {
        @Override
        public String perform(Victim victim, Random random, Duration hold) throws Exception {
            byte[] ask = longAnswer();
            int answer;
            try (HostileConnection reading = victim.connect(PATIENCE_MS)) {
                reading.send(ask);
                answer = reading.answer().remaining();
            }
            if (answer < LONG) {
                throw new AssertionError("an answer of " + answer + " bytes is not long");
            }
            try (Flood flood = new Flood(victim, DEAF, SMALL_BUFFER)) {
                for (int round = 0; round < ASKED; round++) {
                    for (HostileConnection connection : flood.open()) {
                        flood.send(connection, ask, 0, ask.length);
                    }
                }
                HostileConnection.pause(hold);
                HostileConnection.seeServed(victim.address());
                return flood.bytes() / ask.length + " answers of " + answer + " bytes asked for, none read; "
                        + flood.letGo();
            }
        }

        /** All configurations of the three topics, with documentation. */
        private byte[] longAnswer() {
            DescribeConfigsRequestData request = new DescribeConfigsRequestData()
                    .setIncludeDocumentation(true)
                    .setIncludeSynonyms(true);
            for (String topic : Vocabulary.TOPICS) {
                request.resources()
                        .add(new DescribeConfigsResource()
                                .setResourceType((byte) 2)
                                .setResourceName(topic)
                                .setConfigurationKeys(null));
            }
            return HostileConnection.wire(4, request);
        }
    };

    private static final int FLOOD = 2_000;
    private static final int SLOW = 1_500;
    private static final int DEAF = 300;
    private static final int ASKED = 40;
    private static final int SMALL_BUFFER = 8 * 1024;
    private static final int LONG = 10_000;
    private static final int PATIENCE_MS = 60_000;

    /** The beginning of a Produce of 1 MB. */
    private static byte[] frameStart(int bytes) {
        return ByteBuffer.allocate(bytes)
                .putInt(1_000_000)
                .putShort(ApiKeys.PRODUCE.id)
                .putShort((short) 9)
                .array();
    }
}
