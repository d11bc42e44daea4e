/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.controller.ActiveController;
import io.klamm.metadata.controller.IsrChange;
import io.klamm.metadata.controller.IsrChangeResult;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.PartitionId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** AlterPartition: leaders ask to change ISRs, compared and set on the partition epoch (KIP-497). */
public final class AlterPartitionHandler implements ApiHandler<AlterPartitionRequestData> {
    private final ActiveController controller;
    private final Authorizer authorizer;

    public AlterPartitionHandler(ActiveController controller, Authorizer authorizer) {
        this.controller = controller;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ALTER_PARTITION;
    }

    @Override
    public CompletionStage<AlterPartitionResponseData> handle(
            RequestContext context, AlterPartitionRequestData request) {
        if (!authorizer.allows(context, Operation.CLUSTER_ACTION, Resource.CLUSTER, "kafka-cluster")) {
            return CompletableFuture.completedFuture(error(Errors.CLUSTER_AUTHORIZATION_FAILED));
        }
        return controller
                .changeIsr(request.brokerId(), request.brokerEpoch(), changes(context.version(), request))
                .handle((results, failure) ->
                        failure != null ? error(ControllerErrors.of(failure)) : response(results));
    }

    private static List<IsrChange> changes(short version, AlterPartitionRequestData request) {
        List<IsrChange> changes = new ArrayList<>();
        request.topics().forEach(topic -> topic.partitions()
                .forEach(partition -> changes.add(new IsrChange(
                        new PartitionId(topic.topicId(), partition.partitionIndex()),
                        partition.leaderEpoch(),
                        partition.partitionEpoch(),
                        members(version, partition)))));
        return changes;
    }

    private static List<IsrChange.Member> members(short version, AlterPartitionRequestData.PartitionData partition) {
        if (version < 3) {
            return partition.newIsr().stream()
                    .map(nodeId -> new IsrChange.Member(nodeId, -1))
                    .toList();
        }
        return partition.newIsrWithEpochs().stream()
                .map(member -> new IsrChange.Member(member.brokerId(), member.brokerEpoch()))
                .toList();
    }

    private static AlterPartitionResponseData response(List<IsrChangeResult> results) {
        // STALE_BROKER_EPOCH is about the asking broker, not about a partition: it has its place at the top.
        if (!results.isEmpty() && results.stream().allMatch(result -> result.error() == Errors.STALE_BROKER_EPOCH)) {
            return error(Errors.STALE_BROKER_EPOCH);
        }
        Map<Uuid, AlterPartitionResponseData.TopicData> topics = new LinkedHashMap<>();
        for (IsrChangeResult result : results) {
            topics.computeIfAbsent(
                            result.id().topicId(), id -> new AlterPartitionResponseData.TopicData().setTopicId(id))
                    .partitions()
                    .add(partition(result));
        }
        return new AlterPartitionResponseData().setTopics(new ArrayList<>(topics.values()));
    }

    private static AlterPartitionResponseData.PartitionData partition(IsrChangeResult result) {
        AlterPartitionResponseData.PartitionData partition = new AlterPartitionResponseData.PartitionData()
                .setPartitionIndex(result.id().partition())
                .setErrorCode(result.error().code());
        PartitionState state = result.state();
        if (state != null) {
            partition
                    .setLeaderId(state.leader())
                    .setLeaderEpoch(state.leaderEpoch())
                    .setIsr(state.isr())
                    .setPartitionEpoch(state.partitionEpoch());
        }
        return partition;
    }

    private static AlterPartitionResponseData error(Errors error) {
        return new AlterPartitionResponseData().setErrorCode(error.code());
    }
}
