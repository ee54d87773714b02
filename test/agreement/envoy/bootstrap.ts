import type { EndpointOptions, MeshConfig, ServiceConfig } from '../../../src/index.js'
import { clusterName, envoyRoutes, type Json } from './envoy-route.js'
import { isSidecar } from './generate.js'

function endpoint({ url, weight }: EndpointOptions): Json {
  const { hostname, port } = new URL(url)
  return {
    endpoint: { address: { socket_address: { address: hostname, port_value: Number(port) } } },
    load_balancing_weight: weight,
  }
}

function balancing(options: ServiceConfig['loadBalancer']): Json {
  const settings = typeof options === 'string' ? { type: options } : (options ?? {})
  if (settings.type === 'ring-hash')
    return { lb_policy: 'RING_HASH', ring_hash_lb_config: { minimum_ring_size: settings.minimumRingSize } }
  if (settings.type === 'maglev') return { lb_policy: 'MAGLEV', maglev_lb_config: { table_size: settings.tableSize } }
  if (settings.type === 'round-robin') return { lb_policy: 'ROUND_ROBIN' }
  return { lb_policy: settings.type === 'random' ? 'RANDOM' : 'LEAST_REQUEST' }
}

function* clusters(name: string, config: ServiceConfig): Iterable<Json> {
  for (const [subset, labels] of [[undefined, {}] as const, ...Object.entries(config.subsets ?? {})]) {
    const members = (config.endpoints ?? []).filter((one) =>
      Object.entries(labels).every(([label, value]) => one.labels?.[label] === value),
    )
    const cluster_name = clusterName(name, subset)
    yield {
      name: cluster_name,
      type: 'STATIC',
      connect_timeout: '5s',
      ...balancing(config.loadBalancer),
      load_assignment: { cluster_name, endpoints: [{ lb_endpoints: members.map(endpoint) }] },
    }
  }
}

function virtualHost(name: string, config: ServiceConfig): Json {
  const routes = config.routes ?? [{}]
  return {
    name,
    domains: [name, ...(config.hosts ?? [])],
    include_request_attempt_count: config.envoyHeaders === true,
    routes: routes.flatMap((route) => envoyRoutes(route, name, config)),
  }
}

function filter(name: string, type: string): Json {
  return {
    name: `envoy.filters.http.${name}`,
    typed_config: { '@type': `type.googleapis.com/envoy.extensions.filters.http.${type}` },
  }
}

/** A connection manager of Envoy that logs what the tests ask for. */
export function connectionManager(virtual_hosts: readonly Json[], logFile: string, normalize_path: boolean): Json {
  return {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'agreement',
    route_config: { virtual_hosts, ignore_port_in_host_matching: true, validate_clusters: false },
    http_filters: [
      filter('fault', 'fault.v3.HTTPFault'),
      filter('cors', 'cors.v3.Cors'),
      filter('router', 'router.v3.Router'),
    ],
    normalize_path,
    generate_request_id: false,
    stream_idle_timeout: '0s',
    max_request_headers_kb: 96,
    access_log: [
      {
        name: 'envoy.access_loggers.file',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
          path: logFile,
          log_format: {
            json_format: {
              id: '%REQ(x-id)%',
              details: '%RESPONSE_CODE_DETAILS%',
              flags: '%RESPONSE_FLAGS%',
              cluster: '%UPSTREAM_CLUSTER_RAW%',
              route: '%ROUTE_NAME%',
            },
          },
        },
      },
    ],
  }
}

/** A free port of this machine. */
export const anyPort = { socket_address: { address: '127.0.0.1', port_value: 0 } }

function listener(name: string, configs: readonly MeshConfig[], logFile: string): Json {
  const hosts = configs.flatMap(({ services }) =>
    Object.entries(services ?? {}).map(([service, config]) => virtualHost(service, config)),
  )
  const typed_config = connectionManager(hosts, logFile, name === 'sidecar')
  const filters = [{ name: 'envoy.filters.network.http_connection_manager', typed_config }]
  return { name, address: anyPort, filter_chains: [{ filters }] }
}

/** One Envoy that does what all of these configs say, behind two listeners on free ports: `sidecar` and `plain`. */
export function bootstrap(configs: readonly MeshConfig[], logFile: string): Json {
  return {
    admin: { address: anyPort },
    static_resources: {
      listeners: [
        listener('sidecar', configs.filter(isSidecar), logFile),
        listener(
          'plain',
          configs.filter((config) => !isSidecar(config)),
          logFile,
        ),
      ],
      clusters: configs.flatMap(({ services }) =>
        Object.entries(services ?? {}).flatMap(([name, config]) => [...clusters(name, config)]),
      ),
    },
  }
}
