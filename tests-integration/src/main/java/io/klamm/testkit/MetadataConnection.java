/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.DescribeQuorumRequest;
import org.apache.kafka.common.requests.DescribeQuorumResponse;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.requests.RequestHeader;

/** A connection to one node that asks that node, and no other, what it knows of topics and leaders. Used by one thread; may be closed by any. */
public final class MetadataConnection implements AutoCloseable {
    private static final short VERSION = 12;
    private static final short QUORUM_VERSION = 1;

    private final Socket socket = new Socket();
    private int correlationId;

    /**
     * Connects.
     *
     * @param timeoutMs for connecting, and for each answer
     */
    public MetadataConnection(InetSocketAddress node, int timeoutMs) throws IOException {
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(timeoutMs);
            socket.connect(node, timeoutMs);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** The topic's partitions as the node knows them; none when it does not know the topic. */
    public List<MetadataResponsePartition> partitions(String topic) throws IOException {
        List<MetadataResponsePartition> partitions = new ArrayList<>();
        for (MetadataResponseTopic found : ask(MetadataRequest.Builder.forTopicNames(List.of(topic), false))) {
            partitions.addAll(found.partitions());
        }
        return partitions;
    }

    /** All topics that the node knows, with their numbers of partitions. */
    public Map<String, Integer> topics() throws IOException {
        Map<String, Integer> topics = new TreeMap<>();
        for (MetadataResponseTopic found : ask(MetadataRequest.Builder.allTopics())) {
            topics.put(found.name(), found.partitions().size());
        }
        return topics;
    }

    /** Id of the node that leads the metadata quorum, which the node asks in its turn; -1 when it does not know. */
    public int quorumLeader() throws IOException {
        DescribeQuorumRequest.Builder question = new DescribeQuorumRequest.Builder(
                DescribeQuorumRequest.singletonRequest(new TopicPartition("__cluster_metadata", 0)));
        DescribeQuorumResponse response = (DescribeQuorumResponse) answer(question, QUORUM_VERSION);
        return response.data().topics().stream()
                .flatMap(topic -> topic.partitions().stream())
                .mapToInt(partition -> partition.errorCode() == 0 ? partition.leaderId() : -1)
                .findFirst()
                .orElse(-1);
    }

    private Iterable<MetadataResponseTopic> ask(MetadataRequest.Builder question) throws IOException {
        return ((MetadataResponse) answer(question, VERSION)).data().topics();
    }

    private AbstractResponse answer(AbstractRequest.Builder<?> question, short version) throws IOException {
        RequestHeader header = new RequestHeader(question.apiKey(), version, "metadata-connection", correlationId++);
        ByteBuffer request = question.build(version).serializeWithHeader(header);
        ByteBuffer frame = ByteBuffer.allocate(4 + request.remaining());
        frame.putInt(request.remaining()).put(request);
        OutputStream out = socket.getOutputStream();
        out.write(frame.array());
        out.flush();
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] answer = new byte[in.readInt()];
        in.readFully(answer);
        return AbstractResponse.parseResponse(ByteBuffer.wrap(answer), header);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
