/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.controller.ActiveController;
import io.klamm.metadata.controller.ConfigAlteration;
import io.klamm.metadata.controller.ConfigAlterationResult;
import io.klamm.metadata.controller.ConfigAlterer;
import io.klamm.metadata.controller.ConfigOperation;
import io.klamm.metadata.controller.ConfigRules;
import io.klamm.metadata.fact.ConfigResourceType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** What IncrementalAlterConfigs and AlterConfigs have in common: form, rights, and the way to the decision. */
public final class ConfigAlterations {
    private static final long TIMEOUT_MS = 30_000;
    private static final int MAX_NAMED = 5;

    /**
     * One resource of a request.
     *
     * @param type Kafka's id, not yet known to be one
     * @param operations as they came: a key may occur twice
     */
    record Asked(byte type, String name, boolean replacesAll, List<ConfigOperation> operations) {}

    /** What became of it. */
    record Outcome(
            byte type, String name, Errors error, @Nullable String message) {}

    private final ActiveController controller;
    private final ConfigAlterer alterer;
    private final Authorizer authorizer;

    public ConfigAlterations(ActiveController controller, ConfigRules rules, Authorizer authorizer) {
        this.controller = controller;
        this.alterer = new ConfigAlterer(rules);
        this.authorizer = authorizer;
    }

    /**
     * One outcome for each resource, in order. Fails when this node is not the active controller (any more): to ask again is harmless, so
     * the envelope around it may be sent to another one.
     */
    CompletableFuture<List<Outcome>> alter(RequestContext context, List<Asked> asked, boolean validateOnly) {
        Map<Integer, Outcome> outcomes = new HashMap<>();
        Map<Integer, ConfigAlteration> alterations = new HashMap<>();
        List<Integer> order = new ArrayList<>();
        Set<String> twice = namedTwice(asked);
        for (int i = 0; i < asked.size(); i++) {
            Asked one = asked.get(i);
            Outcome refused = refused(context, one, twice);
            if (refused != null) {
                outcomes.put(i, refused);
            } else {
                order.add(i);
                alterations.put(
                        i, new ConfigAlteration(type(one.type()), one.name(), one.replacesAll(), one.operations()));
            }
        }
        List<ConfigAlteration> toDecide = order.stream()
                .map(alterations::get)
                .map(ConfigAlterations::known)
                .toList();
        CompletableFuture<List<ConfigAlterationResult>> decided = toDecide.isEmpty()
                ? CompletableFuture.completedFuture(List.of())
                : controller.decide(
                        context.principal().toString(),
                        cause(toDecide),
                        TIMEOUT_MS,
                        image -> alterer.alter(image, toDecide, validateOnly));
        return decided.handle((results, failure) -> {
            Errors error = failure == null ? Errors.NONE : ControllerErrors.of(failure);
            if (failure != null && error == Errors.NOT_CONTROLLER) {
                throw error.exception();
            }
            for (int i = 0; i < order.size(); i++) {
                Asked one = asked.get(order.get(i));
                outcomes.put(
                        order.get(i),
                        failure != null
                                ? new Outcome(one.type(), one.name(), error, error.message())
                                : outcome(
                                        one,
                                        results.get(i).error(),
                                        results.get(i).message()));
            }
            List<Outcome> all = new ArrayList<>(asked.size());
            for (int i = 0; i < asked.size(); i++) {
                all.add(known(outcomes.get(i)));
            }
            return all;
        });
    }

    private static <T> T known(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("a resource without an outcome");
        }
        return value;
    }

    private @Nullable Outcome refused(RequestContext context, Asked asked, Set<String> twice) {
        if (asked.type() == ConfigResourceType.TOPIC.id()) {
            if (!authorizer.allows(context, Operation.ALTER_CONFIGS, Resource.TOPIC, asked.name())) {
                return outcome(asked, Errors.TOPIC_AUTHORIZATION_FAILED, null);
            }
        } else if (asked.type() == ConfigResourceType.BROKER.id()) {
            if (!authorizer.allows(context, Operation.ALTER_CONFIGS, Resource.CLUSTER, "kafka-cluster")) {
                return outcome(asked, Errors.CLUSTER_AUTHORIZATION_FAILED, null);
            }
        } else if (asked.type() == ConfigResourceType.GROUP.id()) {
            if (!authorizer.allows(context, Operation.ALTER_CONFIGS, Resource.GROUP, asked.name())) {
                return outcome(asked, Errors.GROUP_AUTHORIZATION_FAILED, null);
            }
        } else {
            return outcome(
                    asked,
                    Errors.INVALID_REQUEST,
                    "Resources of type " + asked.type()
                            + " have no configuration here; topics (2), brokers (4) and groups (32) have");
        }
        if (twice.contains(id(asked))) {
            return outcome(asked, Errors.INVALID_REQUEST, "The resource is named more than once in this request");
        }
        Set<String> keys = new HashSet<>();
        for (ConfigOperation operation : asked.operations()) {
            if (!keys.add(operation.key())) {
                return outcome(
                        asked, Errors.INVALID_REQUEST, operation.key() + " is named more than once for the resource");
            }
        }
        return null;
    }

    private static Outcome outcome(Asked asked, Errors error, @Nullable String message) {
        String told = message != null || error == Errors.NONE ? message : error.message();
        return new Outcome(asked.type(), asked.name(), error, told);
    }

    private static Set<String> namedTwice(List<Asked> asked) {
        Set<String> once = new HashSet<>();
        Set<String> twice = new HashSet<>();
        for (Asked one : asked) {
            if (!once.add(id(one))) {
                twice.add(id(one));
            }
        }
        return twice;
    }

    private static String id(Asked asked) {
        return asked.type() + " " + asked.name();
    }

    private static ConfigResourceType type(byte id) {
        if (id == ConfigResourceType.TOPIC.id()) {
            return ConfigResourceType.TOPIC;
        }
        return id == ConfigResourceType.GROUP.id() ? ConfigResourceType.GROUP : ConfigResourceType.BROKER;
    }

    private static String inWords(ConfigAlteration one) {
        return switch (one.type()) {
            case TOPIC -> "topic " + one.name();
            case BROKER -> one.name().isEmpty() ? "all brokers" : "broker " + one.name();
            case GROUP -> "group " + one.name();
        };
    }

    private static String cause(List<ConfigAlteration> alterations) {
        List<String> names = alterations.stream()
                .limit(MAX_NAMED)
                .map(ConfigAlterations::inWords)
                .toList();
        int more = alterations.size() - names.size();
        return "configuration of " + String.join(", ", names) + (more > 0 ? " and " + more + " more" : "");
    }
}
