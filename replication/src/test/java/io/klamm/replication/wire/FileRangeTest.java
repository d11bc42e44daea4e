/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.Random;
import java.util.concurrent.CompletableFuture;
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
            assertThat(ranges).allSatisfy(range -> assertThat(range.releases).hasValue(1));
            assertThat(file.isOpen()).isTrue();
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

    /** Serves the response to one client, and returns the frame that the client got once the server has let go of it. */
    private static ByteBuf exchange(
            Transport transport, boolean chunked, FetchResponseData response, @Nullable IoAction beforeWrite)
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
                DataInputStream in = new DataInputStream(socket.getInputStream());
                byte[] frame = new byte[in.readInt()];
                in.readFully(frame);
                return Unpooled.wrappedBuffer(frame);
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
        public void release() {
            releases.incrementAndGet();
        }
    }
}
