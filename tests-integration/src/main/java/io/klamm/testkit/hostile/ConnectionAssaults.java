/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;

/** Harm by connections: too many, too slow, never reading. */
enum ConnectionAssaults implements Assault {
    /** Connections that send nothing, half a length, half a header, or a little of what they announce. */
    HALF_OPEN {
        @Override
        public boolean atControllers() {
            return true;
        }

        @Override
        public String perform(InetSocketAddress node, Random random, Duration hold) throws Exception {
            List<HostileConnection> open = new ArrayList<>();
            try {
                byte[] start = ByteBuffer.allocate(40)
                        .putInt(1_000_000)
                        .putShort(ApiKeys.PRODUCE.id)
                        .putShort((short) 9)
                        .array();
                int refused = 0;
                for (int i = 0; i < FLOOD; i++) {
                    try {
                        HostileConnection connection = new HostileConnection(node, TIMEOUT_MS);
                        open.add(connection);
                        connection.send(start, 0, List.of(0, 2, 6, start.length).get(i % 4));
                    } catch (IOException e) {
                        refused++;
                    }
                }
                pause(hold);
                served(node);
                return open.size() + " connections half open, " + refused + " refused, a new client is served";
            } finally {
                open.forEach(HostileConnection::close);
            }
        }
    },
    /** As many as take all memory for requests, if the node gives some for what is announced: each goes on with a byte now and then. */
    SLOW_SENDERS {
        @Override
        public boolean atControllers() {
            return true;
        }

        @Override
        public String perform(InetSocketAddress node, Random random, Duration hold) throws Exception {
            List<HostileConnection> open = new ArrayList<>();
            try {
                byte[] start = ByteBuffer.allocate(80 * 1024)
                        .putInt(1 << 20)
                        .putShort(ApiKeys.PRODUCE.id)
                        .putShort((short) 9)
                        .array();
                for (int i = 0; i < SLOW; i++) {
                    HostileConnection connection = new HostileConnection(node, TIMEOUT_MS);
                    open.add(connection);
                    connection.send(start, 0, 1 + random.nextInt(start.length));
                }
                long end = System.nanoTime() + hold.toNanos();
                int bytes = 0;
                int ended = 0;
                while (System.nanoTime() - end < 0) {
                    for (HostileConnection connection : List.copyOf(open)) {
                        try {
                            connection.send(start, 0, 1);
                            bytes++;
                        } catch (IOException e) {
                            ended++;
                            open.remove(connection);
                            connection.close();
                        }
                    }
                    pause(Duration.ofMillis(100));
                }
                served(node);
                return SLOW + " slow senders, " + bytes + " bytes one by one, " + ended + " closed by the node";
            } finally {
                open.forEach(HostileConnection::close);
            }
        }
    },
    /** Clients that ask again and again for long answers, and read none. */
    NEVER_READING {
        @Override
        public String perform(InetSocketAddress node, Random random, Duration hold) throws Exception {
            byte[] ask = longAnswer();
            List<HostileConnection> open = new ArrayList<>();
            long asked = 0;
            try {
                for (int i = 0; i < DEAF; i++) {
                    open.add(new HostileConnection(node, TIMEOUT_MS, SMALL_BUFFER));
                }
                for (int round = 0; round < ASKED; round++) {
                    for (HostileConnection connection : List.copyOf(open)) {
                        try {
                            connection.send(ask);
                            asked++;
                        } catch (IOException e) {
                            open.remove(connection);
                            connection.close();
                        }
                    }
                }
                pause(hold);
                served(node);
                return asked + " requests for long answers on " + DEAF + " connections, none read, "
                        + (DEAF - open.size()) + " closed by the node";
            } finally {
                open.forEach(HostileConnection::close);
            }
        }

        /** All configurations of the three topics and three brokers, with documentation. */
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
            return wire(4, request);
        }
    };

    static final int FLOOD = 2_000;
    private static final int SLOW = 1_500;
    private static final int DEAF = 300;
    private static final int ASKED = 40;
    private static final int SMALL_BUFFER = 8 * 1024;
    private static final int TIMEOUT_MS = 20_000;
    private static final int PATIENCE_MS = 60_000;
    private static final int LARGE = 3_000;

    static byte[] wire(int version, ApiMessage request) {
        ByteBuffer message =
                MessageUtil.toByteBufferAccessor(request, (short) version).buffer();
        byte[] bytes = new byte[message.remaining()];
        message.get(bytes);
        byte[] frame = RequestFuzzer.frame(ApiKeys.forId(request.apiKey()), (short) version, 1, bytes);
        return ByteBuffer.allocate(Integer.BYTES + frame.length)
                .putInt(frame.length)
                .put(frame)
                .array();
    }

    static void pause(Duration time) {
        LockSupport.parkNanos(time.toNanos());
    }

    /** Somebody new can connect, and is answered: also a request that does not come in one piece, which takes memory. */
    static void served(InetSocketAddress node) throws IOException {
        try (HostileConnection connection = new HostileConnection(node, PATIENCE_MS)) {
            ApiVersionsResponseData served =
                    connection.ask(0, new ApiVersionsRequestData(), new ApiVersionsResponseData());
            if (served.apiKeys().find(ApiKeys.DESCRIBE_CONFIGS.id) != null) {
                DescribeConfigsRequestData large = new DescribeConfigsRequestData();
                for (int i = 0; i < LARGE; i++) {
                    large.resources()
                            .add(new DescribeConfigsResource()
                                    .setResourceType((byte) 2)
                                    .setResourceName("no-such-topic-" + "n".repeat(200) + i)
                                    .setConfigurationKeys(List.of()));
                }
                connection.ask(4, large, new DescribeConfigsResponseData());
            }
        }
    }
}
