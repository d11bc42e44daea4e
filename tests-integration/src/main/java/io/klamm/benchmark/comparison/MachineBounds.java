/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import io.klamm.benchmark.ProcessUsage;
import io.klamm.testkit.Launcher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.ObjDoubleConsumer;

/** What this machine can do with nothing but sockets and files: no broker can be faster. Measured beside the brokers, in each round. */
final class MachineBounds {
    /** Name of the "program" whose figures these are. */
    static final String MACHINE = "machine";

    private static final String LOOPBACK = "bound: loopback TCP, 128 KiB writes";
    private static final String WRITES = "bound: pwrite of 128 KiB";
    private static final String SENDS = "bound: sendfile to loopback, warm";
    private static final String SYNCS = "bound: pwrite of 1 KiB and fdatasync";

    private static final int CHUNK = 128 << 10;
    private static final long BYTES = 1L << 30;
    private static final int FORCED = 1_000;
    private static final int SMALL = 1 << 10;

    private MachineBounds() {}

    /** Bytes to a socket. */
    private interface Source {
        void writeTo(WritableByteChannel out) throws IOException;
    }

    static void measure(ObjDoubleConsumer<Figure> figures) throws Exception {
        transfer(LOOPBACK, figures, out -> {
            ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
            for (long sent = 0; sent < BYTES; sent += CHUNK) {
                chunk.clear();
                while (chunk.hasRemaining()) {
                    out.write(chunk);
                }
            }
        });
        Path file = Files.createTempFile(Files.createDirectories(Launcher.workDirectory()), "bound", ".bytes");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            writes(channel, figures);
            transfer(SENDS, figures, out -> {
                for (long sent = 0; sent < BYTES; ) {
                    sent += channel.transferTo(sent, BYTES - sent, out);
                }
            });
            syncs(channel, figures);
        } finally {
            Files.delete(file);
        }
    }

    private static void writes(FileChannel channel, ObjDoubleConsumer<Figure> figures) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        Meter meter = new Meter(WRITES);
        for (long at = 0; at < BYTES; at += CHUNK) {
            chunk.clear();
            channel.write(chunk, at);
        }
        meter.tell(BYTES, figures);
    }

    private static void syncs(FileChannel channel, ObjDoubleConsumer<Figure> figures) throws IOException {
        channel.force(false);
        ByteBuffer chunk = ByteBuffer.allocateDirect(SMALL);
        long began = System.nanoTime();
        for (int i = 0; i < FORCED; i++) {
            chunk.clear();
            channel.write(chunk, BYTES + (long) i * SMALL);
            channel.force(false);
        }
        figures.accept(new Figure(SYNCS, "rate", "1/s"), FORCED / ((System.nanoTime() - began) / 1e9));
    }

    private static void transfer(String name, ObjDoubleConsumer<Figure> figures, Source source) throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            CompletableFuture<Long> received = CompletableFuture.supplyAsync(() -> receive(server), command -> {
                Thread thread = new Thread(command, "bound-receiver");
                thread.setDaemon(true);
                thread.start();
            });
            Meter meter = new Meter(name);
            try (SocketChannel out = SocketChannel.open(server.getLocalAddress())) {
                source.writeTo(out);
            }
            meter.tell(received.get(), figures);
        }
    }

    private static long receive(ServerSocketChannel server) {
        try (SocketChannel in = server.accept()) {
            ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
            long sum = 0;
            for (int got = in.read(chunk); got >= 0; got = in.read(chunk)) {
                sum += got;
                chunk.clear();
            }
            return sum;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Time and CPU of this process. */
    private static final class Meter {
        private final String name;
        private final double cpuBefore = cpuSeconds();
        private final long began = System.nanoTime();

        Meter(String name) {
            this.name = name;
        }

        void tell(long bytes, ObjDoubleConsumer<Figure> figures) {
            double seconds = (System.nanoTime() - began) / 1e9;
            figures.accept(Figure.rate(name), bytes / 1e6 / seconds);
            figures.accept(new Figure(name, "CPU of both ends", "s/GB"), (cpuSeconds() - cpuBefore) / (bytes / 1e9));
        }

        private static double cpuSeconds() {
            return ProcessUsage.cpuSeconds(List.of(ProcessHandle.current().pid()));
        }
    }
}
