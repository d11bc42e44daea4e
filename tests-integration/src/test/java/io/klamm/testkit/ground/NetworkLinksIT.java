/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.Await;
import io.klamm.testkit.Namespaces;
import io.klamm.testkit.Programs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Two namespaces without nodes: what one sends to the other is harmed, and is not any more. */
@EnabledIf("io.klamm.testkit.Namespaces#available")
class NetworkLinksIT {
    private static final Duration AT_MOST = Duration.ofSeconds(30);

    /** Connections and datagrams to ports where nobody listens; what nobody refuses is tried for a while. */
    private static final String KNOCK = """
        for i in {1..20}; do timeout 0.2 bash -c ': </dev/tcp/%1$s/9'; done 2>/dev/null
        for i in {1..4}; do head -c 8192 /dev/zero >/dev/udp/%1$s/9; done 2>/dev/null
        true\
        """;

    /** Where {@link #KNOCK} knocks is a controller. */
    private static final NodePorts PORTS = new NodePorts(11, 9, 10);

    private final Namespaces namespaces = new Namespaces(2);
    private final List<Integer> entered = new ArrayList<>();
    private NetworkLinks links = new NetworkLinks(namespaces::prefix, namespaces::address, node -> PORTS);

    @BeforeEach
    void watchWhereCommandsRun() {
        links = new NetworkLinks(
                node -> {
                    entered.add(node);
                    return namespaces.prefix(node);
                },
                namespaces::address,
                node -> PORTS);
    }

    @AfterEach
    void close() {
        namespaces.close();
    }

    @Test
    void eachHarmIsFeltInItsDirectionUntilItIsMended() {
        for (LinkFault fault : LinkFault.values()) {
            links.harm(fault, 1, 2);
            awaitFelt(fault);
            assertThat(links.felt(fault, 2, 1)).as("%s the other way", fault).isZero();
            links.mend(fault, 1, 2);
            assertThat(links.felt(fault, 1, 2)).as("%s mended", fault).isZero();
        }
        assertThat(refused()).isTrue();
    }

    @Test
    void harmOutlivesANamespaceThatIsLost() {
        links.harm(LinkFault.CUT, 1, 2);
        awaitFelt(LinkFault.CUT);
        long before = links.felt(LinkFault.CUT, 1, 2);
        links.lose(2);
        // As the end of a container does it.
        Programs.run(AT_MOST, in(2, "iptables -F")).expectSuccess();
        assertThat(refused()).isTrue();
        entered.clear();
        assertThat(links.felt(LinkFault.CUT, 1, 2)).isGreaterThanOrEqualTo(before);
        assertThat(entered).as("nobody enters what is gone").isEmpty();

        links.renew(2);
        assertThat(refused()).isFalse();
        assertThat(links.felt(LinkFault.CUT, 1, 2)).isGreaterThan(before);
        links.mend(LinkFault.CUT, 1, 2);
        assertThat(refused()).isTrue();
    }

    @Test
    void whatIsMendedWhileANamespaceIsLostDoesNotComeBack() {
        links.harm(LinkFault.CUT, 1, 2);
        links.lose(2);
        links.mend(LinkFault.CUT, 1, 2);
        Programs.run(AT_MOST, in(2, "iptables -F")).expectSuccess();
        links.renew(2);
        assertThat(refused()).isTrue();
    }

    private void awaitFelt(LinkFault fault) {
        Await.until(fault + " is felt", AT_MOST, () -> {
            Programs.run(AT_MOST, in(1, KNOCK.formatted(namespaces.address(2)))).expectSuccess();
            return links.felt(fault, 1, 2) > 0;
        });
    }

    /** Whether node 2 lets node 1 know that nobody listens. */
    private boolean refused() {
        return Programs.run(AT_MOST, in(1, ": </dev/tcp/%s/9".formatted(namespaces.address(2)), "timeout", "3"))
                .err()
                .contains("refused");
    }

    private List<String> in(int node, String script, String... before) {
        List<String> command = new ArrayList<>(namespaces.prefix(node));
        command.addAll(List.of(before));
        command.addAll(List.of("bash", "-c", script));
        return command;
    }
}
