/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import org.apache.kafka.common.message.AllocateProducerIdsResponseData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData;
import org.apache.kafka.common.message.BrokerHeartbeatResponseData;
import org.apache.kafka.common.message.BrokerRegistrationResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.EnvelopeResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/** Where each API that a controller serves says that another node is the controller. */
final class ControllerAnswers {
    private static final short NOT_CONTROLLER = Errors.NOT_CONTROLLER.code();

    private ControllerAnswers() {}

    static boolean notController(ApiMessage response) {
        if (response instanceof EnvelopeResponseData envelope) {
            return envelope.errorCode() == NOT_CONTROLLER;
        }
        if (response instanceof BrokerHeartbeatResponseData heartbeat) {
            return heartbeat.errorCode() == NOT_CONTROLLER;
        }
        if (response instanceof BrokerRegistrationResponseData registration) {
            return registration.errorCode() == NOT_CONTROLLER;
        }
        if (response instanceof AlterPartitionResponseData alter) {
            return alter.errorCode() == NOT_CONTROLLER;
        }
        if (response instanceof AllocateProducerIdsResponseData ids) {
            return ids.errorCode() == NOT_CONTROLLER;
        }
        if (response instanceof AssignReplicasToDirsResponseData directories) {
            return directories.errorCode() == NOT_CONTROLLER;
        }
        if (response instanceof CreateTopicsResponseData topics) {
            return topics.topics().stream().anyMatch(topic -> topic.errorCode() == NOT_CONTROLLER);
        }
        if (response instanceof DeleteTopicsResponseData topics) {
            return topics.responses().stream().anyMatch(topic -> topic.errorCode() == NOT_CONTROLLER);
        }
        return false;
    }
}
