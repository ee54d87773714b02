import { ConfigError } from '../../core/config-error.js'
import { envoyBuckets, kongBuckets, secondsBuckets } from './buckets.js'
import { CounterFamily } from './counter.js'
import { type Family, isFamily, type Sample } from './family.js'
import { GaugeFamily } from './gauge.js'
import { HistogramFamily } from './histogram.js'
import type { MetricsRegistry } from './registry.js'
import { ViewFamily } from './view.js'
import { istioHttpLabels, istioTcpLabels } from './workload.js'

const counter = (name: string, help: string, ...labelNames: string[]): CounterFamily =>
  new CounterFamily({ name, help, labelNames })
const gauge = (name: string, help: string, ...labelNames: string[]): GaugeFamily =>
  new GaugeFamily({ name, help, labelNames })
const histogram = (name: string, help: string, bounds: readonly number[], ...labelNames: string[]): HistogramFamily =>
  new HistogramFamily({ name, help, bounds, labelNames })

function total(samples: readonly Sample[]): readonly Sample[] {
  if (samples.length === 0) return []
  const value = samples.reduce((sum, sample) => sum + sample.value, 0)
  return [{ labels: { subsystem: 'http' }, value }]
}

/** Every metric: name, help and its final, bounded labels. Names change only with a major version. */
export class Catalogue {
  readonly clientRequests: CounterFamily = counter(
    'mesh_client_requests_total',
    'Outbound calls by outcome: success, failure, ignored (4xx), rejected (by ourselves), aborted',
    'service',
    'outcome',
  )
  readonly clientAttempts: CounterFamily = counter(
    'mesh_client_attempts_total',
    'Attempts of outbound calls: initial, retry',
    'service',
    'reason',
  )
  readonly clientDuration: HistogramFamily = histogram(
    'mesh_client_request_duration_seconds',
    'Outbound calls, to the end of the reply body',
    secondsBuckets,
    'service',
  )
  readonly serverDuration: HistogramFamily = histogram(
    'mesh_server_request_duration_seconds',
    'Inbound calls, to the end of the reply body',
    secondsBuckets,
    'route',
  )
  readonly deadlineExceeded: CounterFamily = counter(
    'mesh_deadline_exceeded_total',
    'Outbound calls whose deadline passed, by what they were waiting for',
    'service',
    'phase',
  )
  readonly retries: CounterFamily = counter(
    'mesh_retries_total',
    'Retries by the condition that asked for them',
    'service',
    'reason',
  )
  readonly retrySuppressed: CounterFamily = counter(
    'mesh_retry_suppressed_total',
    'Retries that were wanted but not made',
    'service',
    'reason',
  )
  readonly breakerState: GaugeFamily = gauge(
    'mesh_breaker_state',
    'Circuit breaker: 0 closed, 1 half-open, 2 open',
    'service',
  )
  readonly breakerTransitions: CounterFamily = counter(
    'mesh_breaker_transitions_total',
    'Changes of a circuit breaker, by the new state',
    'service',
    'state',
  )
  readonly ejections: CounterFamily = counter(
    'mesh_ejections_total',
    'Endpoints taken out of the balancing',
    'service',
    'reason',
  )
  readonly shed: CounterFamily = counter(
    'mesh_shed_total',
    'Calls refused because too many were under way',
    'service',
    'reason',
  )
  readonly rateLimits: CounterFamily = counter(
    'mesh_ratelimit_total',
    'Rate limit decisions: allowed, limited; backend: memory, redis, local (instead of redis)',
    'policy',
    'decision',
    'backend',
  )
  readonly rateLimitStoreErrors: CounterFamily = counter(
    'mesh_ratelimit_store_errors_total',
    'Decisions made without the store of a rate limit, by why and what was done instead',
    'policy',
    'kind',
    'mode',
  )
  readonly configReloads: CounterFamily = counter(
    'mesh_config_reload_total',
    'Configurations applied or rejected',
    'result',
  )
  readonly authentications: CounterFamily = counter(
    'mesh_authn_total',
    'Authentication decisions',
    'method',
    'result',
    'reason',
  )
  readonly authorizations: CounterFamily = counter('mesh_authz_total', 'Authorization decisions', 'decision', 'rule')
  readonly certNotAfter: GaugeFamily = gauge(
    'mesh_cert_not_after_seconds',
    'When our own certificate expires, seconds since 1970',
    'workload',
  )
  readonly identityReloads: CounterFamily = counter(
    'mesh_identity_reload_total',
    'Credentials rotated or rejected',
    'result',
  )
  readonly identityRejected: CounterFamily = counter(
    'mesh_identity_rejected_total',
    'Peers whose identity was refused',
    'side',
    'reason',
  )
  readonly jwks: CounterFamily = counter('mesh_jwks_fetches_total', 'Key sets fetched', 'issuer', 'result')
  readonly faults: CounterFamily = counter('mesh_faults_total', 'Faults that no caller waited for', 'where')

  readonly istioRequests: CounterFamily = counter('istio_requests_total', 'Requests (Istio)', ...istioHttpLabels)
  readonly istioDuration: HistogramFamily = histogram(
    'istio_request_duration_milliseconds',
    'Request durations (Istio)',
    envoyBuckets,
    ...istioHttpLabels,
  )
  readonly istioConnections: CounterFamily = counter(
    'istio_tcp_connections_opened_total',
    'Connections opened (Istio)',
    ...istioTcpLabels,
  )

  readonly kongRequests: CounterFamily = counter(
    'kong_http_requests_total',
    'Requests through the gateway (Kong)',
    'service',
    'route',
    'code',
    'source',
    'workspace',
    'consumer',
  )
  readonly kongLatency: HistogramFamily = histogram(
    'kong_request_latency_ms',
    'Request durations through the gateway (Kong)',
    kongBuckets,
    'service',
    'route',
    'workspace',
  )
  readonly kongStatuses: CounterFamily = counter(
    'kong_nginx_http_requests_total',
    'Requests to the gateway by status (the older name, with its label)',
    'status',
  )
  readonly kongDuration: ViewFamily = new ViewFamily({
    name: 'kong_request_duration_ms',
    help: 'kong_request_latency_ms by its older name',
    type: 'histogram',
    labelNames: ['service', 'route', 'workspace'],
    source: this.kongLatency,
  })
  readonly kongNginx: ViewFamily = new ViewFamily({
    name: 'kong_nginx_requests_total',
    help: 'Requests to the gateway (Kong)',
    type: 'gauge',
    labelNames: ['subsystem'],
    source: this.kongStatuses,
    select: total,
  })
}

function isCatalogueKey(key: string, catalogue: Catalogue): key is keyof Catalogue {
  return key in catalogue
}

function families(catalogue: Catalogue): [keyof Catalogue, Family<unknown>][] {
  return Object.keys(catalogue).flatMap((key): [keyof Catalogue, Family<unknown>][] =>
    isCatalogueKey(key, catalogue) ? [[key, catalogue[key]]] : [],
  )
}

/** Adds every metric to a registry, or takes over those that another mesh has already put there. */
export function enroll(catalogue: Catalogue, registry: MetricsRegistry): void {
  const strangers: string[] = []
  for (const [key, family] of families(catalogue)) {
    const there = registry.getSingleMetric(family.name)
    if (there === undefined) registry.registerMetric(family)
    else if (isFamily(there)) Object.assign(catalogue, { [key]: there })
    else strangers.push(family.name)
  }
  if (strangers.length > 0)
    throw new ConfigError(
      strangers.map((name) => ({ path: 'metrics', message: `the registry has another metric named ${name}` })),
    )
}
