/** Envoy as a gateway: one worker; plain, or with a token cache and a local rate limit. Its statistics are always on. */
import { audience, issuer, secret } from '../tokens.js'

const extension = 'type.googleapis.com/envoy.extensions'

/**
 * @param {import('../gateways.js').Placement} placement
 */
export function setup({ port, upstreamPort, policies }) {
  return {
    args: (/** @type {string} */ file) => [
      ...['--config-path', file, '--concurrency', '1', '--disable-hot-restart', '--log-level', 'error'],
    ],
    config: JSON.stringify({
      static_resources: {
        listeners: [
          {
            name: 'edge',
            address: at(port),
            filter_chains: [{ filters: [named('network', connectionManager(policies))] }],
          },
        ],
        clusters: [
          {
            name: 'orders',
            type: 'STATIC',
            load_assignment: {
              cluster_name: 'orders',
              endpoints: [{ lb_endpoints: [{ endpoint: { address: at(upstreamPort) } }] }],
            },
          },
        ],
      },
    }),
  }
}

/** @param {boolean} policies */
function connectionManager(policies) {
  return {
    name: 'http_connection_manager',
    type: 'HttpConnectionManager',
    stat_prefix: 'edge',
    use_remote_address: true,
    route_config: {
      virtual_hosts: [
        { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'orders' } }] },
      ],
    },
    http_filters: [...(policies ? [jwtFilter, limitFilter] : []), { name: 'router', type: 'Router' }].map((filter) =>
      named('http', filter),
    ),
  }
}

const jwtFilter = {
  name: 'jwt_authn',
  type: 'JwtAuthentication',
  providers: {
    bench: {
      issuer,
      audiences: [audience],
      forward: true,
      jwt_cache_config: { jwt_cache_size: 100 },
      local_jwks: {
        inline_string: JSON.stringify({
          keys: [{ kty: 'oct', alg: 'HS256', k: Buffer.from(secret).toString('base64url') }],
        }),
      },
    },
  },
  rules: [{ match: { prefix: '/' }, requires: { provider_name: 'bench' } }],
}

const always = { default_value: { numerator: 100, denominator: 'HUNDRED' } }
const limitFilter = {
  name: 'local_ratelimit',
  type: 'LocalRateLimit',
  stat_prefix: 'limit',
  token_bucket: { max_tokens: 4_000_000_000, tokens_per_fill: 4_000_000_000, fill_interval: '60s' },
  filter_enabled: always,
  filter_enforced: always,
  enable_x_ratelimit_headers: 'DRAFT_VERSION_03',
}

/**
 * @param {'network' | 'http'} kind
 * @param {{ name: string, type: string }} filter
 */
function named(kind, { name, type, ...config }) {
  const typed_config = { '@type': `${extension}.filters.${kind}.${name}.v3.${type}`, ...config }
  return { name: `envoy.filters.${kind}.${name}`, typed_config }
}

/** @param {number} port */
function at(port) {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}
