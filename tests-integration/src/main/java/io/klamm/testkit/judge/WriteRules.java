/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.judge.Sightings.Sighting;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/** What is acknowledged is there, where it was acknowledged; what failed is not; what is there was sent. */
final class WriteRules {
    private final Sightings sightings;
    private final Findings findings;
    private final Exposure exposure;
    private final Set<TopicPartition> unread = new HashSet<>();

    private WriteRules(History history, Sightings sightings, Findings findings) {
        this.sightings = sightings;
        this.findings = findings;
        this.exposure = new Exposure(history);
    }

    static void judge(History history, Sightings sightings, Findings findings) {
        WriteRules rules = new WriteRules(history, sightings, findings);
        for (Send send : history.of(Send.class)) {
            // Of a register an older value may be gone: RegisterRules.
            if (send.acknowledged() && !history.isCompacted(send.partition().topic())) {
                rules.acknowledged(send);
            }
        }
        rules.everythingWasSent();
    }

    private void acknowledged(Send send) {
        Contents whole = sightings.contents().get(send.partition());
        if (whole == null) {
            if (unread.add(send.partition())) {
                findings.add(
                        Anomaly.UNREAD, send.partition(), "acknowledged records, and no reading of them all", send);
            }
            return;
        }
        if (send.hasOffset() && send.offset() < whole.start()) {
            return; // deleted since
        }
        List<Sighting> places = sightings.places(send.partition().topic(), send.value());
        if (places.isEmpty()) {
            lost(send, whole);
        } else if (send.acks().survivesFaults()
                && places.stream()
                        .noneMatch(place -> place.partition().equals(send.partition())
                                && (!send.hasOffset() || place.record().offset() == send.offset()))) {
            findings.add(
                    Anomaly.MOVED,
                    send.partition(),
                    send.value() + " was acknowledged at " + place(send) + " and is at "
                            + places.get(0).place(),
                    send,
                    places.get(0).reader());
        }
    }

    private void lost(Send send, Contents whole) {
        if (send.acks().survivesFaults() || !exposure.excuses(send)) {
            String weaker = send.acks().survivesFaults() ? "" : ", and the leader did not change then";
            findings.add(
                    Anomaly.LOST,
                    send.partition(),
                    send.value() + " was acknowledged at " + place(send) + " and is not there" + weaker,
                    send,
                    whole);
        }
    }

    private void everythingWasSent() {
        Set<String> told = new HashSet<>();
        for (Sighting seen : sightings.all()) {
            String topic = seen.partition().topic();
            String value = seen.record().value();
            Send send = sightings.sendOf(topic, value);
            if ((send != null && send.outcome() != Outcome.FAIL) || !told.add(topic + " " + value)) {
                continue;
            }
            if (send == null) {
                findings.add(
                        Anomaly.PHANTOM,
                        seen.partition(),
                        "nobody sent " + value + " at " + seen.place(),
                        seen.reader());
            } else {
                findings.add(
                        Anomaly.FAILED_YET_THERE,
                        seen.partition(),
                        value + " failed and is at " + seen.place(),
                        send,
                        seen.reader());
            }
        }
    }

    private static String place(Send send) {
        return send.partition() + (send.hasOffset() ? "@" + send.offset() : " (no offset told)");
    }
}
