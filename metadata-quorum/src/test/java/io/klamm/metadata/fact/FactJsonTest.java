/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class FactJsonTest {
    @Test
    void aLineAFactInOrder() {
        FactBatch batch = new FactBatch(
                3,
                70,
                1_700_000_000_000L,
                "User:a",
                "create topic t",
                List.of(
                        new TopicCreated(new Uuid(1, 2), "t"),
                        new PartitionCreated(
                                new Uuid(1, 2),
                                0,
                                new PartitionState(
                                        List.of(1),
                                        List.of(Uuid.ZERO_UUID),
                                        List.of(1),
                                        List.of(),
                                        List.of(),
                                        List.of(),
                                        List.of(),
                                        1,
                                        0,
                                        0)),
                        new ConfigChanged(ConfigResourceType.TOPIC, "t", "retention.ms", "5")));
        assertThat(FactJson.lines(batch))
                .map(Object::toString)
                .containsExactly(
                        "{\"offset\":70,\"term\":3,\"time\":\"2023-11-14T22:13:20Z\",\"actor\":\"User:a\","
                                + "\"cause\":\"create topic t\",\"type\":\"TopicCreated\","
                                + "\"topicId\":\"AAAAAAAAAAEAAAAAAAAAAg\",\"name\":\"t\"}",
                        "{\"offset\":71,\"term\":3,\"time\":\"2023-11-14T22:13:20Z\",\"actor\":\"User:a\","
                                + "\"cause\":\"create topic t\",\"type\":\"PartitionCreated\","
                                + "\"topicId\":\"AAAAAAAAAAEAAAAAAAAAAg\",\"partition\":0,\"state\":{\"replicas\":[1],"
                                + "\"directories\":[\"AAAAAAAAAAAAAAAAAAAAAA\"],\"isr\":[1],\"elr\":[],"
                                + "\"lastKnownIsr\":[],\"addingReplicas\":[],\"removingReplicas\":[],\"leader\":1,"
                                + "\"leaderEpoch\":0,\"partitionEpoch\":0}}",
                        "{\"offset\":72,\"term\":3,\"time\":\"2023-11-14T22:13:20Z\",\"actor\":\"User:a\","
                                + "\"cause\":\"create topic t\",\"type\":\"ConfigChanged\",\"resourceType\":\"TOPIC\","
                                + "\"name\":\"t\",\"key\":\"retention.ms\",\"value\":\"5\"}");
    }

    @Test
    void secretsAreRedacted() {
        assertThat(FactJson.fact(new ConfigChanged(ConfigResourceType.BROKER, "1", "ssl.keystore.password", "hunter2"))
                        .toString())
                .doesNotContain("hunter2")
                .contains("(redacted)");
    }
}
