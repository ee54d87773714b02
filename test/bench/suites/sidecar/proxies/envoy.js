/** Envoy with the router filter alone and two workers, as Istio sets; no access log, no admin interface. */
import { tools } from '../../../harness/tools.js'

const TLS = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3'
const HTTP = 'type.googleapis.com/envoy.extensions.filters'

/** @param {string} folder */
function commonTls(folder) {
  return {
    tls_params: { tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_3' },
    tls_certificates: [
      { certificate_chain: { filename: `${folder}/cert.pem` }, private_key: { filename: `${folder}/key.pem` } },
    ],
    validation_context: {
      trusted_ca: { filename: `${folder}/ca.pem` },
      match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { prefix: 'spiffe://bench.local/' } }],
    },
  }
}

/** @param {object} typed_config */
const tlsSocket = (typed_config) => ({ transport_socket: { name: 'tls', typed_config } })

/** @param {number} port_value */
const address = (port_value) => ({ socket_address: { address: '127.0.0.1', port_value } })

/** @param {import('./index.js').Setting} setting */
function listener({ folder, listen, tls }) {
  const manager = {
    '@type': `${HTTP}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'in',
    route_config: {
      virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'out' } }] }],
    },
    http_filters: [{ name: 'router', typed_config: { '@type': `${HTTP}.http.router.v3.Router` } }],
  }
  const downstream = {
    '@type': `${TLS}.DownstreamTlsContext`,
    require_client_certificate: true,
    common_tls_context: commonTls(folder),
  }
  return {
    address: address(listen),
    filter_chains: [
      {
        ...(tls === 'listen' ? tlsSocket(downstream) : {}),
        filters: [{ name: 'http', typed_config: manager }],
      },
    ],
  }
}

/** @param {import('./index.js').Setting} setting */
function cluster({ folder, upstream, tls }) {
  const towards = { '@type': `${TLS}.UpstreamTlsContext`, sni: 'localhost', common_tls_context: commonTls(folder) }
  return {
    name: 'out',
    type: 'STATIC',
    load_assignment: {
      cluster_name: 'out',
      endpoints: [{ lb_endpoints: [{ endpoint: { address: address(upstream) } }] }],
    },
    ...(tls === 'upstream' ? tlsSocket(towards) : {}),
  }
}

/** @type {import('./index.js').Proxy} */
export const envoy = {
  ...tools.envoy,
  args: (file) => ['-c', file, '--concurrency', '2', '--disable-hot-restart', '--log-level', 'error'],
  config: (setting) =>
    JSON.stringify({ static_resources: { listeners: [listener(setting)], clusters: [cluster(setting)] } }),
}
