/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.ReadRecord;
import io.klamm.testkit.history.Send;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * Each key of a compacted topic is a register: in the end it holds the last value that was acknowledged, or one that was written later.
 * Registers are written with acks=all and are never deleted.
 */
final class RegisterRules {
    private record Register(TopicPartition partition, String key) {}

    private RegisterRules() {}

    static void judge(History history, Sightings sightings, Findings findings) {
        Map<Register, Send> written = new LinkedHashMap<>();
        for (Send send : history.of(Send.class)) {
            String key = send.payload().key();
            if (key != null
                    && send.acknowledged()
                    && send.hasOffset()
                    && send.acks().survivesFaults()
                    && history.isCompacted(send.partition().topic())) {
                written.merge(
                        new Register(send.partition(), key),
                        send,
                        (one, other) -> other.offset() > one.offset() ? other : one);
            }
        }
        Map<Register, ReadRecord> held = new HashMap<>();
        for (Contents whole : sightings.contents().values()) {
            for (ReadRecord read : whole.records()) {
                if (read.key() != null) {
                    held.put(new Register(whole.partition(), read.key()), read);
                }
            }
        }
        written.forEach((register, send) -> {
            Contents whole = sightings.contents().get(register.partition());
            if (whole == null) {
                findings.add(Anomaly.UNREAD, register.partition(), "registers, and no reading of them all", send);
                return;
            }
            ReadRecord now = held.get(register);
            if (now == null
                    || now.offset() < send.offset()
                    || (now.offset() == send.offset() && !now.value().equals(send.value()))) {
                findings.add(
                        Anomaly.STALE_REGISTER,
                        register.partition(),
                        register.key() + " was set to " + send.value() + " at " + send.offset() + " and holds "
                                + (now == null ? "nothing" : now.value() + " of " + now.offset()),
                        send,
                        whole);
            }
        });
    }
}
