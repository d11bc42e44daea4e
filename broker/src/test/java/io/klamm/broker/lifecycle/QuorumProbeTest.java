/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.controller.DescribeQuorumHandler;
import io.klamm.broker.controller.TailingBrokers;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.ClientPrincipal;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.image.DigestStanding;
import io.klamm.metadata.quorum.QuorumStatus;
import io.klamm.metadata.quorum.VoterStatus;
import java.net.InetSocketAddress;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.junit.jupiter.api.Test;

/** What a voter says of itself reaches the one that asks, in the newest version of the wire. */
class QuorumProbeTest {
    private static final Uuid DIRECTORY = Uuid.randomUuid();
    private static final List<Voter> VOTERS = List.of(
            new Voter(1, Uuid.randomUuid(), "a", 9093),
            new Voter(2, DIRECTORY, "b", 9094),
            new Voter(3, Uuid.randomUuid(), "c", 9095));

    @Test
    void empty() {
        VoterStatus status = new VoterStatus(2, DIRECTORY, VoterStatus.State.EMPTY, List.of(), 0);
        assertThat(ask(status)).isEqualTo(status);
    }

    @Test
    void forming() {
        VoterStatus status = new VoterStatus(2, DIRECTORY, VoterStatus.State.FORMING, VOTERS, 0);
        VoterStatus heard = ask(status);
        assertThat(heard.state()).isEqualTo(VoterStatus.State.FORMING);
        assertThat(heard.directoryId()).isEqualTo(DIRECTORY);
        assertThat(heard.voters())
                .as("with whom it forms the quorum, so that none of them comes with another directory")
                .containsExactlyInAnyOrderElementsOf(VOTERS);
    }

    @Test
    void waitingToJoin() {
        VoterStatus heard = ask(new VoterStatus(2, DIRECTORY, VoterStatus.State.JOINING, VOTERS, 7));
        assertThat(heard).isEqualTo(new VoterStatus(2, DIRECTORY, VoterStatus.State.JOINING, List.of(), 0));
    }

    @Test
    void formedWithItsVoters() {
        VoterStatus status = new VoterStatus(2, DIRECTORY, VoterStatus.State.FORMED, VOTERS, 100);
        assertThat(ask(status)).isEqualTo(status);
    }

    @Test
    void everyVersionCanBeWritten() {
        VoterStatus status = new VoterStatus(2, DIRECTORY, VoterStatus.State.FORMED, VOTERS, 100);
        for (short version : new short[] {0, 1, 2}) {
            DescribeQuorumResponseData answer = answer(status, version);
            assertThat(answer.topics().get(0).partitions().get(0).currentVoters())
                    .as("version %d", version)
                    .hasSameSizeAs(VOTERS);
        }
    }

    private static VoterStatus ask(VoterStatus status) {
        return QuorumProbe.status(VOTERS.get(1), answer(status, DescribeQuorumRequestData.HIGHEST_SUPPORTED_VERSION));
    }

    private static DescribeQuorumResponseData answer(VoterStatus status, short version) {
        DescribeQuorumHandler handler = new DescribeQuorumHandler(
                2,
                "CONTROLLER",
                new DescribeQuorumHandler.Own(
                        () -> status, () -> new QuorumStatus(1, 7, 100, List.of()), () -> DigestStanding.NOT_COMPARED),
                new TailingBrokers(() -> 0),
                () -> 0,
                Authorizer.ALLOW_ALL);
        RequestContext context = new RequestContext(
                ApiKeys.DESCRIBE_QUORUM,
                version,
                1,
                "",
                ClientPrincipal.ANONYMOUS,
                "CONTROLLER",
                "PLAINTEXT",
                new InetSocketAddress(0),
                1,
                0);
        DescribeQuorumResponseData answer = handler.handle(context, QuorumProbe.request())
                .toCompletableFuture()
                .join();
        ByteBufferAccessor wire = MessageUtil.toByteBufferAccessor(answer, version);
        return new DescribeQuorumResponseData(wire, version);
    }
}
