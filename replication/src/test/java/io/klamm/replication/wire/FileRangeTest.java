/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.storage.log.RecordsRange;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.stream.ChunkedWriteHandler;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Fetch responses with file ranges, over a real socket. */
@SuppressWarnings("FutureReturnValueIgnored")
class FileRangeTest {
    private static final short VERSION = 12;

    @TempDir
    Path directory;

    static Stream<Arguments> ways() {
        return Stream.of(Transport.best(), Transport.NIO)
                .distinct()
                .flatMap(transport -> Stream.of(Arguments.of(transport, false), Arguments.of(transport, true)));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void theClientGetsTheBytesOfTheFile(Transport transport, boolean chunked) throws Exception {
        byte[] content = new byte[3_000_000];
        new Random(1).nextBytes(content);
        try (FileChannel file = file(content)) {
            int[][] bounds = {{0, 100}, {100, 2_000_000}, {2_000_100, 0}, {17, 5_000}, {2_999_999, 1}};
            List<Range> ranges =
                    Arrays.stream(bounds).map(b -> new Range(file, b[0], b[1])).toList();
            byte[] memory = {1, 2, 3};

            ByteBuf received = exchange(transport, chunked, response(ranges, memory), null);

            FetchResponseData decoded = (FetchResponseData) ResponseReader.decode(received, ApiKeys.FETCH, VERSION);
            List<PartitionData> partitions = decoded.responses().get(0).partitions();
            for (int i = 0; i < bounds.length; i++) {
                byte[] expected = Arrays.copyOfRange(content, bounds[i][0], bounds[i][0] + bounds[i][1]);
                assertThat(bytes(partitions.get(i))).isEqualTo(expected);
            }
            assertThat(bytes(partitions.get(bounds.length))).isEqualTo(memory);
            assertThat(ranges).allSatisfy(range -> assertThat(range.releases).hasValue(1));
            assertThat(file.isOpen()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aFileThatWasCutShortClosesTheConnection(Transport transport, boolean chunked) throws Exception {
        try (FileChannel file = file(new byte[1_000_000])) {
            List<Range> ranges =
                    List.of(new Range(file, 0, 50_000), new Range(file, 50_000, 900_000), new Range(file, 0, 10_000));

            CompletableFuture<ByteBuf> received = new CompletableFuture<>();
            FetchResponseData response = response(ranges, new byte[0]);
            try {
                received.complete(exchange(transport, chunked, response, () -> file.truncate(60_000)));
            } catch (EOFException e) {
                received.completeExceptionally(e);
            }

            assertThat(received).isCompletedExceptionally();
            assertThat(ranges).allSatisfy(range -> {
                assertThat(range.releases).hasValue(1);
                assertThat(range.failures).as("a range that comes up short").isEmpty();
            });
            assertThat(file.isOpen()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aFileThatCannotBeReadIsToldOfAndOthersAreNot(Transport transport, boolean chunked) throws Exception {
        // A folder can be opened, and neither sendfile nor read get anything out of it.
        try (FileChannel file = file(new byte[100_000]);
                FileChannel broken = FileChannel.open(directory, StandardOpenOption.READ)) {
            Range sound = new Range(file, 0, 50_000);
            Range unreadable = new Range(broken, 0, 50_000);
            Range behind = new Range(file, 50_000, 50_000);
            FetchResponseData response = response(List.of(sound, unreadable, behind), new byte[0]);

            assertThatThrownBy(() -> exchange(transport, chunked, response, null))
                    .isInstanceOf(IOException.class);

            assertThat(unreadable.failures).hasSize(1);
            assertThat(sound.failures).isEmpty();
            assertThat(behind.failures).isEmpty();
            assertThat(List.of(sound, unreadable, behind))
                    .allSatisfy(range -> assertThat(range.releases).hasValue(1));
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aClientThatResetsTheConnectionDoesNotSpeakAgainstTheFile(Transport transport, boolean chunked)
            throws Exception {
        try (FileChannel file = file(new byte[30_000_000])) {
            List<Range> ranges = List.of(new Range(file, 0, 20_000_000), new Range(file, 0, 30_000_000));

            serve(transport, chunked, response(ranges, new byte[0]), null, socket -> {
                socket.getInputStream().read();
                socket.setSoLinger(true, 0); // a reset, not an end
                return "gone";
            });

            assertThat(ranges).allSatisfy(range -> {
                assertThat(range.failures).isEmpty();
                assertThat(range.releases).hasValue(1);
            });
        }
    }

    @Test
    void anUnwrittenResponseGivesItsRangesBack() throws Exception {
        try (FileChannel file = file(new byte[100_000])) {
            List<Range> ranges = List.of(new Range(file, 0, 50_000), new Range(file, 0, 10));
            FetchResponseData discarded = response(ranges, new byte[0]);
            ResponseFrame.discard(discarded);
            ResponseFrame.discard(discarded);
            assertThat(ranges).allSatisfy(range -> assertThat(range.releases).hasValue(1));

            ranges = List.of(new Range(file, 0, 50_000), new Range(file, 0, 10));
            ResponseFrame.encode(ByteBufAllocator.DEFAULT, ApiKeys.FETCH, VERSION, 1, response(ranges, new byte[0]))
                    .release();
            assertThat(ranges).allSatisfy(range -> assertThat(range.releases).hasValue(1));
        }
    }

    private FileChannel file(byte[] content) throws IOException {
        Path path = Files.write(directory.resolve("segment"), content);
        return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private static FetchResponseData response(List<Range> ranges, byte[] memory) {
        FetchableTopicResponse topic = new FetchableTopicResponse().setTopic("topic");
        for (Range range : ranges) {
            topic.partitions()
                    .add(new PartitionData()
                            .setPartitionIndex(topic.partitions().size())
                            .setRecords(new FileRangeRecords(range)));
        }
        topic.partitions()
                .add(new PartitionData()
                        .setPartitionIndex(topic.partitions().size())
                        .setRecords(MemoryRecords.readableRecords(ByteBuffer.wrap(memory))));
        return new FetchResponseData().setResponses(List.of(topic));
    }

    private static byte[] bytes(PartitionData partition) {
        ByteBuffer buffer = ((MemoryRecords) partition.records()).buffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private interface IoAction {
        void run() throws IOException;
    }

    private interface Client<T> {
        T use(Socket socket) throws IOException;
    }

    /** Serves the response to one client, and returns the frame that the client got once the server has let go of it. */
    private static ByteBuf exchange(
            Transport transport, boolean chunked, FetchResponseData response, @Nullable IoAction beforeWrite)
            throws Exception {
        return serve(transport, chunked, response, beforeWrite, socket -> {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] frame = new byte[in.readInt()];
            in.readFully(frame);
            return Unpooled.wrappedBuffer(frame);
        });
    }

    private static <T> T serve(
            Transport transport,
            boolean chunked,
            FetchResponseData response,
            @Nullable IoAction beforeWrite,
            Client<T> client)
            throws Exception {
        EventLoopGroup loops = transport.newEventLoops(1, "test");
        CompletableFuture<Void> served = new CompletableFuture<>();
        try {
            Channel server = new ServerBootstrap()
                    .group(loops)
                    .channel(transport.serverChannel())
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            if (chunked) {
                                channel.pipeline().addLast(new ChunkedWriteHandler());
                            }
                            channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                                @Override
                                public void channelActive(ChannelHandlerContext context) throws IOException {
                                    ResponseFrame frame =
                                            ResponseFrame.encode(context.alloc(), ApiKeys.FETCH, VERSION, 9, response);
                                    if (beforeWrite != null) {
                                        beforeWrite.run();
                                    }
                                    frame.write(context.channel()).addListener(written -> served.complete(null));
                                    context.flush();
                                }
                            });
                        }
                    })
                    .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                    .sync()
                    .channel();
            int port = ((InetSocketAddress) server.localAddress()).getPort();
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setSoTimeout(10_000);
                return client.use(socket);
            } finally {
                served.get(10, TimeUnit.SECONDS);
            }
        } finally {
            loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
        }
    }

    private static final class Range implements RecordsRange {
        private final FileChannel channel;
        private final int position;
        private final int length;
        private final AtomicInteger releases = new AtomicInteger();
        private final Queue<IOException> failures = new ConcurrentLinkedQueue<>();

        Range(FileChannel channel, int position, int length) {
            this.channel = channel;
            this.position = position;
            this.length = length;
        }

        @Override
        public FileChannel channel() {
            return channel;
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public int length() {
            return length;
        }

        @Override
        public long baseOffset() {
            return 0;
        }

        @Override
        public void failed(IOException error) {
            failures.add(error);
        }

        @Override
        public void release() {
            releases.incrementAndGet();
        }
    }
}
