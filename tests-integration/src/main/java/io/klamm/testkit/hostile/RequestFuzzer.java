/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import io.klamm.testkit.hostile.HostileRequest.Mutation;
import io.klamm.testkit.hostile.HostileRequest.Target;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * Makes hostile requests. The n-th of a seed is always the same, but for the ids that the cluster gave to its topics. The first request
 * of each target is as the codec would write it.
 */
final class RequestFuzzer {
    static final String CLIENT = "hostile";

    private static final List<Mutation> MUTATIONS = List.of(Mutation.values());

    /** Of four requests one stays as it is. */
    private static final int ONE_IS_VALID = 4;

    private static final List<Integer> FRAME_LENGTHS =
            List.of(-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 0, 1, 7, 104_857_600, 104_857_601);

    private final long seed;
    private final List<Target> targets;
    private final Vocabulary vocabulary;
    private final HostileBatches batches;

    RequestFuzzer(long seed, List<Target> targets, Vocabulary vocabulary, HostileBatches batches) {
        this.seed = seed;
        this.targets = targets;
        this.vocabulary = vocabulary;
        this.batches = batches;
    }

    HostileRequest request(long number) {
        Target target = targets.get((int) (number % targets.size()));
        Random random = new Random(scramble(seed + scramble(number)));
        Mutation mutation = number < targets.size() || random.nextInt(ONE_IS_VALID) == 0
                ? Mutation.NONE
                : Vocabulary.pick(MUTATIONS, random);
        long valueSeed = random.nextLong();
        int correlationId = (int) number;
        byte[] message = message(target, valueSeed, mutation == Mutation.LYING_LENGTH, random);
        byte[] frame = frame(target.api(), target.version(), correlationId, message);
        int headerBytes = frame.length - message.length;
        switch (mutation) {
            case BYTES -> {
                for (int i = 1 + random.nextInt(8); i > 0; i--) {
                    frame[from(headerBytes, frame.length, random)] = (byte) random.nextInt();
                }
            }
            case RUN -> {
                int start = from(headerBytes, frame.length, random);
                int end = Math.min(frame.length, start + 1 + random.nextInt(10));
                Arrays.fill(
                        frame,
                        start,
                        end,
                        Vocabulary.pick(List.of((byte) 0, (byte) -1, (byte) 0x7F, (byte) 0x80), random));
            }
            case CUT -> frame = Arrays.copyOf(frame, random.nextInt(frame.length));
            case LONGER -> frame = longer(frame, random);
            case HEADER -> spoilHeader(frame, headerBytes, random);
            case OTHER_MESSAGE -> {
                Target other = Vocabulary.pick(targets, random);
                frame = frame(target.api(), target.version(), correlationId, message(other, valueSeed, false, random));
            }
            default -> {}
        }
        int announced =
                switch (mutation) {
                    case UNFINISHED -> frame.length + 1 + random.nextInt(100_000);
                    case FRAME_LENGTH -> Vocabulary.pick(FRAME_LENGTHS, random);
                    default -> frame.length;
                };
        byte[] wire = ByteBuffer.allocate(Integer.BYTES + frame.length)
                .putInt(announced)
                .put(frame)
                .array();
        return new HostileRequest(number, target, mutation, wire, announced == frame.length);
    }

    private byte[] message(Target target, long valueSeed, boolean lies, Random random) {
        SchemaBytes honest = write(target, valueSeed, SchemaBytes.NONE, 0);
        if (!lies || honest.lengths() == 0) {
            return honest.bytes();
        }
        return write(target, valueSeed, random.nextInt(honest.lengths()), Vocabulary.pick(SchemaBytes.LIES, random))
                .bytes();
    }

    private SchemaBytes write(Target target, long valueSeed, int lie, long lieIs) {
        SchemaBytes message = new SchemaBytes(target.api(), vocabulary, this::bytes, new Random(valueSeed), lie, lieIs);
        message.write(target.api().messageType.requestSchemas()[target.version()]);
        return message;
    }

    /** What a field of bytes holds. */
    private byte[] bytes(ApiKeys api, String field, Random random) {
        if (api == ApiKeys.ENVELOPE && field.equals("request_data")) {
            Target inner = Vocabulary.pick(targets, random);
            return inner.api() == ApiKeys.ENVELOPE && random.nextInt(4) > 0
                    ? new byte[0]
                    : frame(
                            inner.api(),
                            inner.version(),
                            random.nextInt(),
                            write(inner, random.nextLong(), SchemaBytes.NONE, 0).bytes());
        }
        return batches.bytes(field, random);
    }

    static byte[] frame(ApiKeys api, short version, int correlationId, byte[] message) {
        ByteBuffer header = SchemaBytes.header(api, version, correlationId, CLIENT);
        return ByteBuffer.allocate(header.remaining() + message.length)
                .put(header)
                .put(message)
                .array();
    }

    private static int from(int start, int end, Random random) {
        return start >= end ? end - 1 : start + random.nextInt(end - start);
    }

    private static byte[] longer(byte[] frame, Random random) {
        byte[] more = new byte[1 + random.nextInt(300)];
        random.nextBytes(more);
        byte[] all = Arrays.copyOf(frame, frame.length + more.length);
        System.arraycopy(more, 0, all, frame.length, more.length);
        return all;
    }

    private static void spoilHeader(byte[] frame, int headerBytes, Random random) {
        ByteBuffer header = ByteBuffer.wrap(frame);
        switch (random.nextInt(3)) {
            case 0 -> header.putShort(0, (short) random.nextInt(-2, 100));
            case 1 -> header.putShort(2, (short) random.nextInt(-2, 30));
            default -> frame[random.nextInt(headerBytes)] = (byte) random.nextInt();
        }
    }

    /** Neighbouring numbers must not make similar requests. */
    private static long scramble(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return mixed ^ (mixed >>> 31);
    }
}
