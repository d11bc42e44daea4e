/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import io.klamm.testkit.Await;
import io.klamm.testkit.hostile.Victim.Door;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.protocol.Errors;

/** Noise at the port where voters speak gRPC: the quorum must go on. Whoever speaks it well is not kept out there. */
enum RaftAssaults implements Assault {
    /** Connections that say nothing, not HTTP/2, half of it, or frames of it that make no sense. */
    RAFT_NOISE {
        @Override
        public String perform(Victim victim, Random random, Duration hold) throws Exception {
            try (Flood flood = new Flood(victim, CONNECTIONS, 0)) {
                int number = 0;
                for (HostileConnection connection : flood.open()) {
                    byte[] noise = noise(number++ % 6, random);
                    flood.send(connection, noise, 0, noise.length);
                }
                HostileConnection.pause(hold);
                seeDecided(victim, random);
                return flood.letGo() + "; the quorum decides meanwhile";
            }
        }
    };

    private static final int CONNECTIONS = 300;
    private static final int FRAMES = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static byte[] noise(int kind, Random random) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] any = new byte[1 + random.nextInt(5_000)];
        random.nextBytes(any);
        switch (kind) {
            case 0 -> out.writeBytes(any);
            case 1 -> out.write(PREFACE, 0, 1 + random.nextInt(PREFACE.length));
            case 2 -> {
                out.writeBytes(PREFACE);
                out.writeBytes(any);
            }
            case 3 -> {
                out.writeBytes(PREFACE);
                out.writeBytes(frame(4, 0, 0, new byte[0])); // SETTINGS, as it must begin
                for (int i = 0; i < FRAMES; i++) {
                    byte[] content = new byte[random.nextInt(200)];
                    random.nextBytes(content);
                    out.writeBytes(frame(random.nextInt(12), random.nextInt(256), random.nextInt(9), content));
                }
            }
            case 4 -> {
                out.writeBytes(PREFACE);
                out.writeBytes(frame(4, 0, 0, new byte[0]));
                for (int i = 0; i < FRAMES; i++) {
                    out.writeBytes(frame(6, 0, 0, new byte[8])); // PING
                    out.writeBytes(frame(3, 0, 2 * i + 1, new byte[4])); // RST_STREAM
                }
            }
            default -> out.write(new byte[] {22, 3, 1, 2, 0, 1}, 0, 6); // as TLS begins
        }
        return out.toByteArray();
    }

    /** A frame of HTTP/2. */
    private static byte[] frame(int type, int flags, int stream, byte[] content) {
        return ByteBuffer.allocate(9 + content.length)
                .put((byte) 0)
                .putShort((short) content.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(content)
                .array();
    }

    /** The node has a topic created, which takes the quorum; who is told that the outcome is unknown asks again, as clients do. */
    private static void seeDecided(Victim victim, Random random) {
        CreateTopicsRequestData request = new CreateTopicsRequestData().setTimeoutMs((int) PATIENCE.toMillis() / 2);
        request.topics()
                .add(new CreatableTopic()
                        .setName("after-noise-" + Long.toHexString(random.nextLong()))
                        .setNumPartitions(1)
                        .setReplicationFactor((short) 1));
        Await.until("a topic is created beside noise for the quorum", PATIENCE, () -> {
            try (HostileConnection connection = new HostileConnection(victim.clients(), (int) PATIENCE.toMillis())) {
                CreateTopicsResponseData answer = connection.ask(7, request, new CreateTopicsResponseData());
                Errors error = Errors.forCode(answer.topics().iterator().next().errorCode());
                return error == Errors.NONE || error == Errors.TOPIC_ALREADY_EXISTS;
            }
        });
    }

    @Override
    public List<Door> doors() {
        return List.of(Door.RAFT);
    }
}
