/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;

/** A follower's fetch of partition 0 of a topic, from whoever sends it. */
record FetchFrame(int port, Uuid topicId) {
    private static final short VERSION = 17;
    private static final int TIMEOUT_MS = 30_000;

    /** What the partition's row says. */
    Errors error(int replicaId, long brokerEpoch, int leaderEpoch) throws IOException {
        FetchRequestData request = new FetchRequestData()
                .setReplicaState(new FetchRequestData.ReplicaState()
                        .setReplicaId(replicaId)
                        .setReplicaEpoch(brokerEpoch))
                .setMaxWaitMs(0)
                .setMinBytes(0)
                .setMaxBytes(1 << 20)
                .setSessionEpoch(-1)
                .setTopics(List.of(new FetchRequestData.FetchTopic()
                        .setTopicId(topicId)
                        .setPartitions(List.of(new FetchRequestData.FetchPartition()
                                .setPartition(0)
                                .setCurrentLeaderEpoch(leaderEpoch)
                                .setFetchOffset(0)
                                .setPartitionMaxBytes(1 << 20)))));
        RequestHeader header = new RequestHeader(ApiKeys.FETCH, VERSION, "nobody", 1);
        ByteBuffer frame = RequestUtils.serialize(header.data(), header.headerVersion(), request, VERSION);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(TIMEOUT_MS);
            ByteBuffer bytes = ByteBuffer.allocate(4 + frame.remaining());
            socket.getOutputStream()
                    .write(bytes.putInt(frame.remaining()).put(frame).array());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] answer = new byte[in.readInt()];
            in.readFully(answer);
            ByteBuffer body = ByteBuffer.wrap(answer).position(5); // correlation id, no tagged fields
            FetchResponseData response = new FetchResponseData(new ByteBufferAccessor(body), VERSION);
            return Errors.forCode(
                    response.responses().get(0).partitions().get(0).errorCode());
        }
    }
}
