/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import io.klamm.metadata.fact.Voter;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** Reads who the voters are, and checks that their ports cannot clash. */
final class VoterPlan {
    private VoterPlan() {}

    /** The voters in the order of the file; directory ids are not known yet and ZERO_UUID. */
    static List<Voter> read(FileValues config, int nodeId, ListenerPlan listeners) {
        List<String> entries = config.find(NodeSettings.QUORUM_VOTERS);
        List<Voter> voters =
                entries != null ? parse(entries) : List.of(fromBootstrapServers(config, nodeId, listeners));
        Voter own = voters.stream()
                .filter(voter -> voter.nodeId() == nodeId)
                .findFirst()
                .orElse(null);
        Listener controller = listeners.controllerListener();
        if (own == null && controller != null) {
            throw new ConfigException(
                    "process.roles has controller, but node.id " + nodeId + " is not in controller.quorum.voters");
        }
        if (own != null && controller == null) {
            throw new ConfigException(
                    "node.id " + nodeId + " is in controller.quorum.voters, but process.roles has no controller");
        }
        if (own != null && controller != null && own.port() != controller.port()) {
            throw new ConfigException("controller.quorum.voters gives this node port " + own.port()
                    + ", but listeners has " + controller + ": the ports must be the same");
        }
        checkRaftPorts(config, voters, listeners);
        return voters;
    }

    private static List<Voter> parse(List<String> entries) {
        if (entries.isEmpty()) {
            throw new ConfigException("controller.quorum.voters is empty: expected id@host:port,...");
        }
        List<Voter> voters = new ArrayList<>();
        Set<Integer> ids = new HashSet<>();
        Set<String> addresses = new HashSet<>();
        for (String entry : entries) {
            int at = entry.indexOf('@');
            HostPort address = at <= 0 ? null : HostPort.parse(entry.substring(at + 1));
            Integer id = at <= 0 ? null : nodeId(entry.substring(0, at));
            if (address == null || id == null || address.host().isEmpty() || address.port() == 0) {
                throw new ConfigException("controller.quorum.voters=" + entry + ": expected id@host:port");
            }
            if (!ids.add(id)) {
                throw new ConfigException("controller.quorum.voters names node " + id + " twice");
            }
            if (!addresses.add(address.toString())) {
                throw new ConfigException("controller.quorum.voters names " + address + " twice");
            }
            voters.add(new Voter(id, Uuid.ZERO_UUID, address.host(), address.port()));
        }
        return List.copyOf(voters);
    }

    private static @Nullable Integer nodeId(String text) {
        try {
            int id = Integer.parseInt(text);
            return id < 0 ? null : id;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static Voter fromBootstrapServers(FileValues config, int nodeId, ListenerPlan listeners) {
        List<String> servers = config.find(NodeSettings.QUORUM_BOOTSTRAP_SERVERS);
        Listener controller = listeners.controllerListener();
        if (servers == null || servers.isEmpty()) {
            String example = controller == null ? "1@host:9093" : nodeId + "@localhost:" + controller.port();
            throw new ConfigException("controller.quorum.voters is missing: add the voters of the cluster, for example"
                    + " controller.quorum.voters=" + example);
        }
        HostPort address = HostPort.parse(servers.get(0));
        if (servers.size() == 1 && address != null && controller != null && isOwn(address, controller, listeners)) {
            return new Voter(nodeId, Uuid.ZERO_UUID, address.host(), address.port());
        }
        throw new ConfigException("controller.quorum.bootstrap.servers alone does not say who the voters are: add"
                + " controller.quorum.voters=" + votersLine(servers, nodeId, controller, listeners)
                + (servers.size() == 1 && controller == null ? " (with the voter's node.id)" : ""));
    }

    /** The line to add, with the ids that can be known; the others are counted up and must be looked at. */
    private static String votersLine(
            List<String> servers, int nodeId, @Nullable Listener controller, ListenerPlan listeners) {
        List<String> line = new ArrayList<>();
        boolean ownFound = false;
        for (String server : servers) {
            HostPort address = HostPort.parse(server);
            boolean own = !ownFound && address != null && controller != null && isOwn(address, controller, listeners);
            ownFound |= own;
            line.add((own ? Integer.toString(nodeId) : "<node.id>") + "@" + server);
        }
        return String.join(",", line);
    }

    private static boolean isOwn(HostPort address, Listener controller, ListenerPlan listeners) {
        HostPort advertised = listeners.advertisedController();
        if (address.equals(advertised)) {
            return true;
        }
        if (address.port() != controller.port()) {
            return false;
        }
        if (address.host().equalsIgnoreCase(controller.host())) {
            return true;
        }
        try {
            InetAddress resolved = InetAddress.getByName(address.host());
            return resolved.isLoopbackAddress() || NetworkInterface.getByInetAddress(resolved) != null;
        } catch (UnknownHostException | SocketException e) {
            return false;
        }
    }

    private static void checkRaftPorts(FileValues config, List<Voter> voters, ListenerPlan listeners) {
        int offset = config.get(NodeSettings.RAFT_PORT_OFFSET);
        Map<String, String> uses = new HashMap<>();
        for (Voter voter : voters) {
            uses.put(HostPort.format(voter.host(), voter.port()), "the CONTROLLER listener of node " + voter.nodeId());
        }
        for (Voter voter : voters) {
            int raftPort = voter.port() + offset;
            if (raftPort < 1 || raftPort > 65_535) {
                throw new ConfigException(
                        "raft.port.offset=" + offset + " gives node " + voter.nodeId() + " the Raft port " + raftPort
                                + ": choose another offset (it may be negative), the same on all voters");
            }
            String raft = HostPort.format(voter.host(), raftPort);
            String taken = uses.putIfAbsent(raft, "Raft of node " + voter.nodeId());
            if (taken != null) {
                throw clash(offset, raft, taken);
            }
        }
        Listener controller = listeners.controllerListener();
        if (controller != null) {
            for (Listener listener : listeners.brokerListeners()) {
                if (listener.port() == controller.port() + offset) {
                    throw clash(offset, "port " + listener.port(), "the listener " + listener);
                }
            }
        }
    }

    private static ConfigException clash(int offset, String place, String taken) {
        return new ConfigException("raft.port.offset=" + offset + " puts Raft on " + place + ", which is " + taken
                + ": choose another offset, the same on all voters");
    }
}
