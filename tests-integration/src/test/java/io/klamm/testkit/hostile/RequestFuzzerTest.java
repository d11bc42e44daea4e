/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.hostile.HostileBatches.Bomb;
import io.klamm.testkit.hostile.HostileRequest.Mutation;
import io.klamm.testkit.hostile.HostileRequest.Target;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.RequestHeader;
import org.junit.jupiter.api.Test;

class RequestFuzzerTest {
    private static final long SEED = 42;

    private final List<Target> targets = targets();

    /** Every version that the codec knows, not only those that some node serves. */
    private static List<Target> targets() {
        List<Target> all = new ArrayList<>();
        for (ApiKeys api : ApiKeys.values()) {
            if (api.hasValidVersion()) {
                api.allVersions().forEach(version -> all.add(new Target(false, api, version)));
            }
        }
        return all;
    }

    private RequestFuzzer fuzzer(long seed) {
        return new RequestFuzzer(
                seed, targets, new Vocabulary(List.of(new Uuid(1, 1), new Uuid(2, 2))), new HostileBatches(1_000));
    }

    @Test
    void whatIsNotMutatedTheCodecReadsWhole() {
        RequestFuzzer fuzzer = fuzzer(SEED);
        for (long number = 0; number < 4L * targets.size(); number++) {
            HostileRequest request = fuzzer.request(number);
            if (request.wellFormed()) {
                ByteBuffer frame = ByteBuffer.wrap(request.wire());
                assertThat(frame.getInt()).isEqualTo(frame.remaining());
                RequestHeader header = RequestHeader.parse(frame);
                assertThat(header.apiKey()).isEqualTo(request.target().api());
                assertThat(header.correlationId()).isEqualTo((int) number);
                ApiMessage message = header.apiKey().messageType.newRequest();
                message.read(new ByteBufferAccessor(frame), header.apiVersion());
                assertThat(frame.remaining()).as("%s", request).isZero();
            }
        }
    }

    @Test
    void theFirstOfEachTargetIsNotMutatedAndAllMutationsComeUp() {
        RequestFuzzer fuzzer = fuzzer(SEED);
        Set<Mutation> seen = EnumSet.noneOf(Mutation.class);
        for (int number = 0; number < targets.size(); number++) {
            assertThat(fuzzer.request(number).target()).isEqualTo(targets.get(number));
            assertThat(fuzzer.request(number).wellFormed()).isTrue();
            seen.add(fuzzer.request(number + targets.size()).mutation());
        }
        assertThat(seen).containsExactlyInAnyOrder(Mutation.values());
    }

    @Test
    void theSameSeedAndNumberMakeTheSameRequest() {
        RequestFuzzer one = fuzzer(SEED);
        RequestFuzzer same = fuzzer(SEED);
        RequestFuzzer other = fuzzer(SEED + 1);
        int different = 0;
        for (int number = 2_000; number > 1_000; number--) {
            assertThat(same.request(number).wire())
                    .isEqualTo(one.request(number).wire());
            different += Arrays.equals(
                            one.request(number).wire(), other.request(number).wire())
                    ? 0
                    : 1;
        }
        assertThat(different).isGreaterThan(900);
    }

    @Test
    void aLyingLengthChangesNothingElse() {
        Target target = new Target(false, ApiKeys.METADATA, (short) 9);
        SchemaBytes honest = write(target, SchemaBytes.NONE);
        assertThat(honest.lengths()).isPositive();
        for (int lie = 0; lie < honest.lengths(); lie++) {
            SchemaBytes lying = write(target, lie);
            assertThat(lying.lengths()).isEqualTo(honest.lengths());
            assertThat(lying.bytes()).isNotEqualTo(honest.bytes()).hasSize(honest.bytes().length + 4);
        }
    }

    private static SchemaBytes write(Target target, int lie) {
        SchemaBytes bytes = new SchemaBytes(
                target.api(),
                new Vocabulary(List.of()),
                (api, field, random) -> new byte[0],
                new Random(1),
                lie,
                Integer.MAX_VALUE - 1);
        bytes.write(target.api().messageType.requestSchemas()[target.version()]);
        return bytes;
    }

    /** Whoever looks at the outside only finds nothing wrong. */
    @Test
    void bombsAreSmallAndTheirCheckSumsRight() {
        HostileBatches batches = new HostileBatches(10 << 20);
        for (Bomb kind : Bomb.values()) {
            for (CompressionType codec : HostileBatches.CODECS) {
                byte[] bomb = batches.bomb(kind, codec);
                assertThat(bomb.length).as("%s %s", kind, codec).isLessThan(1_000_000);
                assertThat(ByteBuffer.wrap(bomb).getInt(8)).isEqualTo(bomb.length - 12);
                DefaultRecordBatch batch = (DefaultRecordBatch) MemoryRecords.readableRecords(ByteBuffer.wrap(bomb))
                        .batches()
                        .iterator()
                        .next();
                batch.ensureValid();
                assertThat(batch.compressionType()).isEqualTo(codec);
            }
        }
    }
}
