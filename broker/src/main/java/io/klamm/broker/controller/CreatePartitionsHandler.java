/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.controller.ActiveController;
import io.klamm.metadata.controller.NewPartitions;
import io.klamm.metadata.controller.NewPartitionsResult;
import io.klamm.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsAssignment;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** CreatePartitions at the controller, versions 0 to 3 (KIP-195). */
public final class CreatePartitionsHandler implements ApiHandler<CreatePartitionsRequestData> {
    private static final long MAX_HOLD_MS = 500;

    private final ActiveController controller;
    private final Supplier<MetadataImage> images;
    private final PublishedOffsets published;
    private final Authorizer authorizer;

    /** @param images the newest image of this voter */
    public CreatePartitionsHandler(
            ActiveController controller,
            Supplier<MetadataImage> images,
            PublishedOffsets published,
            Authorizer authorizer) {
        this.controller = controller;
        this.images = images;
        this.published = published;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.CREATE_PARTITIONS;
    }

    @Override
    public CompletionStage<CreatePartitionsResponseData> handle(
            RequestContext context, CreatePartitionsRequestData request) {
        CreatePartitionsResponseData response = new CreatePartitionsResponseData();
        List<NewPartitions> wanted = new ArrayList<>();
        for (CreatePartitionsTopic topic : request.topics()) {
            if (!authorizer.allows(context, Operation.ALTER, Resource.TOPIC, topic.name())) {
                response.results().add(row(topic.name(), Errors.TOPIC_AUTHORIZATION_FAILED, null));
                continue;
            }
            // A request may say that it assigns, and assign nothing: then the number is wrong, as for any other list.
            List<CreatePartitionsAssignment> assigned = topic.assignments();
            if (assigned != null && assigned.isEmpty()) {
                response.results()
                        .add(row(
                                topic.name(),
                                Errors.INVALID_REPLICA_ASSIGNMENT,
                                "The assignment is empty; leave it out to let the controller place the replicas"));
                continue;
            }
            List<List<Integer>> assignments = assigned == null
                    ? List.of()
                    : assigned.stream()
                            .map(assignment -> List.copyOf(assignment.brokerIds()))
                            .toList();
            wanted.add(new NewPartitions(topic.name(), topic.count(), assignments));
        }
        if (wanted.isEmpty()) {
            return CompletableFuture.completedFuture(response);
        }
        return controller
                .addPartitions(context.principal().toString(), wanted, request.validateOnly(), request.timeoutMs())
                .handle((results, failure) -> {
                    Errors error = failure == null ? Errors.NONE : ControllerErrors.of(failure);
                    List<NewPartitionsResult> all = failure == null
                            ? results
                            : wanted.stream()
                                    .map(topic -> new NewPartitionsResult(topic.topic(), error, null))
                                    .distinct()
                                    .toList();
                    all.forEach(
                            result -> response.results().add(row(result.topic(), result.error(), result.message())));
                    return response;
                })
                .thenCompose(answer -> known(request, answer));
    }

    /** Holds the answer, not for long, until the brokers have published the partitions: the client finds them at every node then. */
    private CompletionStage<CreatePartitionsResponseData> known(
            CreatePartitionsRequestData request, CreatePartitionsResponseData response) {
        boolean added = !request.validateOnly()
                && response.results().stream().anyMatch(row -> row.errorCode() == Errors.NONE.code());
        return added
                ? published
                        .await(images.get(), Math.min(MAX_HOLD_MS, request.timeoutMs()))
                        .thenApply(held -> response)
                : CompletableFuture.completedFuture(response);
    }

    private static CreatePartitionsTopicResult row(String topic, Errors error, @Nullable String message) {
        return new CreatePartitionsTopicResult()
                .setName(topic)
                .setErrorCode(error.code())
                .setErrorMessage(message != null || error == Errors.NONE ? message : error.message());
    }
}
