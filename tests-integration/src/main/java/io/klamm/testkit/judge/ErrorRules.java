/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Commit;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.history.TopicChange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What clients are told when something is not done: that it was not done in time, or must be tried again, or that they are no members any
 * more. A broker's own failure, a sequence out of order or the epoch of another producer is nothing that a fault explains.
 */
final class ErrorRules {
    /** The client may try again, or has done so in vain for as long as it does. */
    private static final Set<String> RETRIABLE = Set.of(
            "TimeoutException",
            "DisconnectException",
            "NetworkException",
            "NotLeaderOrFollowerException",
            "LeaderNotAvailableException",
            "NotEnoughReplicasException",
            "NotEnoughReplicasAfterAppendException",
            "KafkaStorageException",
            "NotCoordinatorException",
            "CoordinatorNotAvailableException",
            "CoordinatorLoadInProgressException",
            "NotControllerException");

    /** Who is refused because another one owns the partition, or is about to. */
    private static final Set<String> NO_MEMBER = Set.of(
            "CommitFailedException",
            "RetriableCommitFailedException",
            "RebalanceInProgressException",
            "IllegalGenerationException",
            "UnknownMemberIdException",
            "StaleMemberEpochException",
            "FencedMemberEpochException");

    /** A change before it is unknown, or this one was done by an attempt of which nothing was heard. */
    private static final Set<String> OF_TOPICS = Set.of("UnknownTopicOrPartitionException", "TopicExistsException");

    /** Around a fault there may be fewer brokers than replicas asked for. */
    private static final String TOO_FEW = "InvalidReplicationFactorException";

    private static final long AROUND_NANOS = Duration.ofSeconds(10).toNanos();

    /** By the run itself, when it ends before its time. */
    private static final Pattern CLOSED = Pattern.compile("Producer (is )?closed|producer has been closed");

    private final Findings findings;

    private ErrorRules(Findings findings) {
        this.findings = findings;
    }

    static void judge(History history, Findings findings) {
        ErrorRules rules = new ErrorRules(findings);
        rules.told(
                history.of(Send.class),
                send -> CLOSED.matcher(text(send.error())).find() ? null : send.error());
        rules.told(history.of(Commit.class), commit -> allowed(commit.error(), NO_MEMBER) ? null : commit.error());
        rules.told(
                history.of(TopicChange.class),
                change -> allowed(change.error(), OF_TOPICS)
                                || (name(change.error()).equals(TOO_FEW)
                                        && !history.faultsNear(change.span(), AROUND_NANOS)
                                                .isEmpty())
                        ? null
                        : change.error());
    }

    private static String text(@Nullable String error) {
        return error == null ? "" : error;
    }

    private static boolean allowed(@Nullable String error, Set<String> names) {
        return names.contains(name(error));
    }

    private static String name(@Nullable String error) {
        String text = text(error);
        int colon = text.indexOf(':');
        return colon < 0 ? text : text.substring(0, colon);
    }

    /** @param strange what was told that this kind of event does not allow; null when nothing was */
    private <T extends Event> void told(List<T> events, Function<T, @Nullable String> strange) {
        Map<String, List<Event>> byName = new LinkedHashMap<>();
        Map<String, String> first = new LinkedHashMap<>();
        for (T event : events) {
            String error = strange.apply(event);
            String name = name(error);
            if (error != null && !RETRIABLE.contains(name)) {
                byName.computeIfAbsent(name, key -> new ArrayList<>()).add(event);
                first.putIfAbsent(name, error);
            }
        }
        byName.forEach((name, all) -> findings.add(
                Anomaly.STRANGE_ERROR,
                all.get(0).process(),
                all.size() + " times one was told " + first.get(name),
                all.get(0)));
    }
}
