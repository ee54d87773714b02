import { anyPort, connectionManager } from '../envoy/bootstrap.js'
import type { Json } from '../envoy/envoy-route.js'

/** A cluster of endpoints on this machine, taken in turn. */
export function cluster(name: string, ports: readonly number[], more: Json = {}): Json {
  const lb_endpoints = ports.map((port_value) => ({
    endpoint: { address: { socket_address: { address: '127.0.0.1', port_value } } },
  }))
  return {
    name,
    type: 'STATIC',
    lb_policy: 'ROUND_ROBIN',
    connect_timeout: '5s',
    // Else Envoy's balancer hears of ejections and returns up to a second late.
    common_lb_config: { update_merge_window: '0s' },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints }] },
    ...more,
  }
}

/** A virtual host that sends everything to the cluster of its name. */
export function plainHost(name: string): Json {
  const route = { cluster: name, timeout: '0s' }
  return { name, domains: [name], routes: [{ match: { prefix: '/' }, route }] }
}

/** An Envoy behind one listener on a free port. */
export function oneListener(virtualHosts: readonly Json[], clusters: readonly Json[], logFile: string): Json {
  const filters = [
    {
      name: 'envoy.filters.network.http_connection_manager',
      typed_config: connectionManager(virtualHosts, logFile, false),
    },
  ]
  return {
    admin: { address: anyPort },
    static_resources: {
      listeners: [{ name: 'plain', address: anyPort, filter_chains: [{ filters }] }],
      clusters,
    },
  }
}
