import type { RetryOptions } from '../../../src/index.js'
import type { Json } from '../envoy/envoy-route.js'
import { cluster, oneListener } from './one-listener.js'

/** A retry policy in the words of both sides. */
export interface Policy {
  readonly name: string
  /** Envoy's `retry_on` and `retry_grpc_on`, and statuses. */
  readonly on: readonly NonNullable<RetryOptions['on']>[number][]
  readonly retries: number
  readonly perTryMs?: number
  readonly timeoutMs?: number
}

const tokens = [
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'envoy-ratelimited',
  'retriable-4xx',
  'refused-stream',
  'retriable-headers',
  'unavailable',
  'resource-exhausted',
] as const

/** Every condition by itself, Istio's default, and some that work together. */
export const policies: readonly Policy[] = [
  ...tokens.map((token): Policy => ({ name: token, on: [token], retries: 2 })),
  { name: 'statuses', on: ['retriable-status-codes', 404, 500], retries: 2 },
  {
    name: 'istio',
    on: ['connect-failure', 'refused-stream', 'unavailable', 'cancelled', 'retriable-status-codes'],
    retries: 2,
  },
  { name: 'limited-or-5xx', on: ['envoy-ratelimited', '5xx'], retries: 3 },
  { name: 'many', on: ['5xx', 'retriable-4xx', 'connect-failure'], retries: 4 },
  { name: 'none', on: [], retries: 0 },
  { name: 'per-try', on: ['5xx'], retries: 2, perTryMs: 150 },
  { name: 'per-try-unretried', on: ['connect-failure'], retries: 2, perTryMs: 150 },
  { name: 'total', on: ['5xx'], retries: 5, perTryMs: 150, timeoutMs: 250 },
  { name: 'total-first', on: ['5xx'], retries: 2, perTryMs: 400, timeoutMs: 200 },
]

/** The header of `retriable-headers`. */
const retriable = 'x-retry-me'

/** The policy in the mesh's words, with what Istio's dialect sets. */
export function retryOptions({ on, retries, perTryMs }: Policy): RetryOptions {
  return {
    on,
    attempts: retries,
    perTryTimeout: perTryMs,
    retriableHeaders: { [retriable]: { present: true } },
    backoff: { base: 1, max: 1 },
    budget: false,
    unsafe: true,
    retryAfter: false,
  }
}

function retryPolicy({ on, retries, perTryMs }: Policy): Json | undefined {
  if (retries === 0) return undefined
  return {
    retry_on: on.filter((one) => typeof one === 'string').join(','),
    retriable_status_codes: on.filter((one) => typeof one === 'number'),
    retriable_headers: [{ name: retriable, present_match: true }],
    num_retries: retries,
    retry_back_off: { base_interval: '0.001s', max_interval: '0.001s' },
    retry_host_predicate: [
      {
        name: 'envoy.retry_host_predicates.previous_hosts',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
        },
      },
    ],
    host_selection_retry_max_attempts: 5,
    ...(perTryMs === undefined ? {} : { per_try_timeout: `${perTryMs / 1_000}s` }),
  }
}

/** An Envoy with a host for each policy, all of them before the same endpoints. */
export function bootstrap(ports: readonly number[], logFile: string): Json {
  const virtualHosts = policies.map((policy): Json => {
    const route = {
      cluster: policy.name,
      timeout: `${(policy.timeoutMs ?? 0) / 1_000}s`,
      retry_policy: retryPolicy(policy),
    }
    return {
      name: policy.name,
      domains: [policy.name],
      include_request_attempt_count: true,
      routes: [{ match: { prefix: '/' }, route }],
    }
  })
  const clusters = policies.map(({ name }) =>
    cluster(name, ports, { circuit_breakers: { thresholds: [{ max_retries: 1_000 }] } }),
  )
  return oneListener(virtualHosts, clusters, logFile)
}
