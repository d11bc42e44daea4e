/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.replication.wire.FileRangeRecords;
import io.klamm.storage.log.RecordsRange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Answers whose records are ranges of a file: whatever becomes of the connection, each range is released once. */
@Timeout(60)
@ExtendWith(LeakWatch.class)
class FileAnswersTest {
    private static final int VERSION = 12;
    private static final int LENGTH = 8_000_000;

    private final List<AtomicInteger> releases = new ArrayList<>();
    private final byte[] content = new byte[LENGTH];
    private FileChannel file;

    @BeforeEach
    void write(@TempDir Path directory) throws Exception {
        new Random(5).nextBytes(content);
        file = FileChannel.open(Files.write(directory.resolve("segment"), content));
    }

    @AfterEach
    void close() throws Exception {
        file.close();
    }

    @Test
    void theClientGetsTheFile() throws Exception {
        try (ServerFixture server =
                        server(CompletableFuture.completedFuture(null)).start();
                RawClient client = server.client()) {
            for (int id = 0; id < 3; id++) {
                FetchResponseData answer = client.ask(id, VERSION, new FetchRequestData());
                ByteBuffer records = ((MemoryRecords)
                                answer.responses().get(0).partitions().get(0).records())
                        .buffer();
                assertThat(records).isEqualTo(ByteBuffer.wrap(content));
            }
            Await.until("all are released", () -> released(3));
        }
    }

    @Test
    void aClientThatGoesAwayInTheMiddle() throws Exception {
        try (ServerFixture server =
                server(CompletableFuture.completedFuture(null)).start()) {
            try (RawClient client = new RawClient(server.port, 32 * 1024)) {
                client.send(1, VERSION, new FetchRequestData());
                client.send(2, VERSION, new FetchRequestData());
                Await.until("both are handled", () -> count() == 2);
                assertThat(released(2)).isFalse();
            }
            Await.until("all are released", () -> released(2));
        }
    }

    @Test
    void anAnswerThatComesTooLate() throws Exception {
        CompletableFuture<Void> go = new CompletableFuture<>();
        try (ServerFixture server = server(go).start()) {
            try (RawClient client = server.client()) {
                client.send(1, VERSION, new FetchRequestData());
                Await.until("it is handled", () -> count() == 1);
            }
            Await.until("the connection is gone", () -> server.count("connections") == 0);
            go.complete(null);
            Await.until("all are released", () -> released(1));
        }
    }

    @Test
    void anAnswerBehindOneThatNeverComes() throws Exception {
        try (ServerFixture server = server(CompletableFuture.completedFuture(null))
                .serve(ApiKeys.METADATA, (context, request) -> new CompletableFuture<ApiMessage>())
                .start()) {
            try (RawClient client = server.client()) {
                client.send(1, VERSION, new MetadataRequestData());
                client.send(2, VERSION, new FetchRequestData());
                Await.until("it is handled", () -> count() == 1);
            }
            Await.until("all are released", () -> released(1));
        }
    }

    private ServerFixture server(CompletableFuture<Void> go) {
        return new ServerFixture().serve(ApiKeys.FETCH, (context, request) -> {
            FetchResponseData.FetchableTopicResponse topic =
                    new FetchResponseData.FetchableTopicResponse().setTopic("t");
            topic.partitions().add(new FetchResponseData.PartitionData().setRecords(new FileRangeRecords(range())));
            FetchResponseData response = new FetchResponseData();
            response.responses().add(topic);
            return go.thenApply(now -> response);
        });
    }

    private int count() {
        synchronized (releases) {
            return releases.size();
        }
    }

    private boolean released(int count) {
        synchronized (releases) {
            return releases.size() == count && releases.stream().allMatch(each -> each.get() == 1);
        }
    }

    private RecordsRange range() {
        AtomicInteger released = new AtomicInteger();
        synchronized (releases) {
            releases.add(released);
        }
        return new RecordsRange() {
            @Override
            public FileChannel channel() {
                return file;
            }

            @Override
            public long position() {
                return 0;
            }

            @Override
            public int length() {
                return LENGTH;
            }

            @Override
            public long baseOffset() {
                return 0;
            }

            @Override
            public void failed(IOException error) {
                throw new AssertionError(error);
            }

            @Override
            public void release() {
                released.incrementAndGet();
            }
        };
    }
}
