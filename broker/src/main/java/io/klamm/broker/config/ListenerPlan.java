/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import io.klamm.metadata.fact.Endpoint;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Listeners of a node, read and checked.
 *
 * @param brokerListeners what clients and brokers connect to; empty on a node that is only a controller
 * @param controllerListener what brokers and voters connect to; null on a node that is only a broker
 * @param controllerListenerName name of the controller listener everywhere in the cluster
 * @param advertised addresses that this broker registers, one for each broker listener
 * @param advertisedController host and port that advertised.listeners gives the controller listener, if it does
 * @param interBrokerName listener that brokers use among themselves; empty on a node that is only a controller
 */
record ListenerPlan(
        List<Listener> brokerListeners,
        @Nullable Listener controllerListener,
        String controllerListenerName,
        List<Endpoint> advertised,
        @Nullable HostPort advertisedController,
        String interBrokerName) {

    private static final short PLAINTEXT_ID = 0;
    private static final Set<String> PROTOCOLS = Set.of("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL");

    static ListenerPlan read(FileValues config) {
        String controllerName =
                upper(config.get(NodeSettings.CONTROLLER_LISTENER_NAMES).get(0));
        Map<String, String> protocols = protocols(config, controllerName);
        List<Listener> listeners = listeners(config, protocols);
        List<Listener> brokerListeners = listeners.stream()
                .filter(listener -> !listener.name().equals(controllerName))
                .toList();
        Listener controller = listeners.stream()
                .filter(listener -> listener.name().equals(controllerName))
                .findFirst()
                .orElse(null);
        if (config.isController() && controller == null) {
            throw new ConfigException("listeners has no " + controllerName + " listener, which a voter needs: add "
                    + controllerName + "://:9093 (controller.listener.names names it)");
        }
        if (!config.isController() && controller != null) {
            throw new ConfigException("listeners has a " + controllerName
                    + " listener, but process.roles has no controller: take it out, or add the role");
        }
        if (config.isBroker() && brokerListeners.isEmpty()) {
            throw new ConfigException("listeners has no listener for clients: add PLAINTEXT://:9092");
        }
        if (!config.isBroker() && !brokerListeners.isEmpty()) {
            throw new ConfigException("listeners has " + brokerListeners.get(0)
                    + ", but process.roles is controller alone: take it out, or add the role broker");
        }
        Map<String, HostPort> advertised = advertised(config, listeners);
        List<Endpoint> endpoints = new ArrayList<>();
        for (Listener listener : brokerListeners) {
            endpoints.add(endpoint(listener, advertised.get(listener.name())));
        }
        return new ListenerPlan(
                brokerListeners,
                controller,
                controllerName,
                List.copyOf(endpoints),
                advertised.get(controllerName),
                interBroker(config, brokerListeners, controllerName));
    }

    private static Map<String, String> protocols(FileValues config, String controllerName) {
        Map<String, String> protocols = new HashMap<>();
        for (String entry : config.get(NodeSettings.LISTENER_SECURITY_PROTOCOL_MAP)) {
            int colon = entry.indexOf(':');
            String protocol = colon < 0 ? "" : upper(entry.substring(colon + 1));
            if (colon <= 0 || !PROTOCOLS.contains(protocol)) {
                throw new ConfigException("listener.security.protocol.map=" + entry
                        + ": expected NAME:PROTOCOL with a protocol out of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL");
            }
            protocols.put(upper(entry.substring(0, colon)), protocol);
        }
        protocols.putIfAbsent(controllerName, "PLAINTEXT");
        return protocols;
    }

    private static List<Listener> listeners(FileValues config, Map<String, String> protocols) {
        List<String> entries = config.find(NodeSettings.LISTENERS);
        if (entries == null) {
            if (config.isController()) {
                throw new ConfigException("listeners is missing, a voter needs it: "
                        + (config.isBroker()
                                ? "listeners=PLAINTEXT://:9092,CONTROLLER://:9093"
                                : "listeners=CONTROLLER://:9093"));
            }
            entries = List.of("PLAINTEXT://:9092");
        }
        List<Listener> listeners = new ArrayList<>();
        Set<String> names = new HashSet<>();
        Set<String> sockets = new HashSet<>();
        for (String entry : entries) {
            NamedAddress address = NamedAddress.parse("listeners", entry);
            String protocol = protocols.get(address.name());
            if (protocol == null) {
                throw new ConfigException("listeners=" + entry + ": " + address.name() + " has no protocol; add "
                        + address.name() + ":PLAINTEXT to listener.security.protocol.map");
            }
            if (!protocol.equals("PLAINTEXT")) {
                throw new ConfigException("listeners=" + entry + ": " + protocol
                        + " is not served yet; use a PLAINTEXT listener on a network you trust");
            }
            if (!names.add(address.name())) {
                throw new ConfigException("listeners has two listeners named " + address.name());
            }
            HostPort socket = address.hostPort();
            if (socket.port() != 0 && !sockets.add(socket.toString())) {
                throw new ConfigException("listeners has two listeners on " + socket);
            }
            listeners.add(new Listener(address.name(), socket.host(), socket.port(), protocol));
        }
        return listeners;
    }

    private static Map<String, HostPort> advertised(FileValues config, List<Listener> listeners) {
        Map<String, HostPort> byName = new HashMap<>();
        List<String> entries = config.find(NodeSettings.ADVERTISED_LISTENERS);
        if (entries == null) {
            return byName;
        }
        for (String entry : entries) {
            NamedAddress address = NamedAddress.parse("advertised.listeners", entry);
            if (listeners.stream().noneMatch(listener -> listener.name().equals(address.name()))) {
                // A broker's file may advertise the controllers' listener although it has none; nothing to do with it
                // here.
                if (config.get(NodeSettings.CONTROLLER_LISTENER_NAMES).stream()
                        .noneMatch(name -> upper(name).equals(address.name()))) {
                    throw new ConfigException("advertised.listeners=" + entry + ": listeners has no " + address.name());
                }
                continue;
            }
            if (isWildcard(address.hostPort().host())) {
                throw new ConfigException("advertised.listeners=" + entry
                        + ": nobody can connect to this host; write the name or address that clients use");
            }
            if (byName.put(address.name(), address.hostPort()) != null) {
                throw new ConfigException("advertised.listeners names " + address.name() + " twice");
            }
        }
        return byName;
    }

    private static Endpoint endpoint(Listener listener, @Nullable HostPort advertised) {
        String host = advertised != null ? advertised.host() : listener.host();
        int port = advertised != null ? advertised.port() : listener.port();
        if (host.isEmpty() || isWildcard(host)) {
            host = localHostName();
        }
        return new Endpoint(listener.name(), host, port, PLAINTEXT_ID);
    }

    private static String interBroker(FileValues config, List<Listener> brokerListeners, String controllerName) {
        String configured = config.find(NodeSettings.INTER_BROKER_LISTENER_NAME);
        if (configured == null) {
            boolean plaintext = brokerListeners.stream()
                    .anyMatch(listener -> listener.name().equals("PLAINTEXT"));
            return plaintext
                    ? "PLAINTEXT"
                    : brokerListeners.isEmpty() ? "" : brokerListeners.get(0).name();
        }
        String name = upper(configured);
        if (name.equals(controllerName)) {
            throw new ConfigException(
                    "inter.broker.listener.name=" + configured + " is the controllers' listener; name one for brokers");
        }
        if (config.isBroker()
                && brokerListeners.stream()
                        .noneMatch(listener -> listener.name().equals(name))) {
            throw new ConfigException("inter.broker.listener.name=" + configured + ": listeners has no " + name);
        }
        return name;
    }

    private static boolean isWildcard(String host) {
        return host.equals("0.0.0.0") || host.equals("::") || host.equals("0:0:0:0:0:0:0:0") || host.isEmpty();
    }

    private static String localHostName() {
        try {
            return InetAddress.getLocalHost().getCanonicalHostName();
        } catch (UnknownHostException e) {
            throw new ConfigException(
                    "advertised.listeners is missing and this host's own name does not resolve: write the address that"
                            + " clients use");
        }
    }

    private static String upper(String name) {
        return name.trim().toUpperCase(Locale.ROOT);
    }

    private record NamedAddress(String name, HostPort hostPort) {
        static NamedAddress parse(String key, String entry) {
            int separator = entry.indexOf("://");
            HostPort address = separator <= 0 ? null : HostPort.parse(entry.substring(separator + 3));
            if (address == null) {
                throw new ConfigException(key + "=" + entry + ": expected NAME://host:port");
            }
            return new NamedAddress(upper(entry.substring(0, separator)), address);
        }
    }
}
