import { envoyBuckets, kongBuckets, secondsBuckets } from './buckets.js'
import type { CounterFamily } from './counter.js'
import { Enrolled } from './enrolled.js'
import type { GaugeFamily } from './gauge.js'
import type { HistogramFamily } from './histogram.js'
import type { MetricsRegistry } from './registry.js'
import { istioDurationLabels, istioHttpLabels, istioTcpLabels } from './workload.js'

/** Every metric: name, help and its final, bounded labels. Names change only with a major version. */
export class Catalogue extends Enrolled {
  readonly clientRequests: CounterFamily = this.counter(
    'mesh_client_requests_total',
    'Outbound calls by outcome: success, failure, ignored (4xx), rejected (by ourselves), aborted',
    'service',
    'outcome',
  )
  readonly clientAttempts: CounterFamily = this.counter(
    'mesh_client_attempts_total',
    'Attempts of outbound calls: initial, retry; copies by the service they go to: mirror',
    'service',
    'reason',
  )
  readonly clientDuration: HistogramFamily = this.histogram(
    'mesh_client_request_duration_seconds',
    'Outbound calls, to the end of the reply body',
    secondsBuckets,
    'service',
  )
  readonly serverDuration: HistogramFamily = this.histogram(
    'mesh_server_request_duration_seconds',
    'Inbound calls, to the end of the reply body',
    secondsBuckets,
    'route',
  )
  readonly deadlineExceeded: CounterFamily = this.counter(
    'mesh_deadline_exceeded_total',
    'Outbound calls whose deadline passed, by what they were waiting for',
    'service',
    'phase',
  )
  readonly retries: CounterFamily = this.counter(
    'mesh_retries_total',
    'Retries by the condition that asked for them',
    'service',
    'reason',
  )
  readonly retrySuppressed: CounterFamily = this.counter(
    'mesh_retry_suppressed_total',
    'Retries that were wanted but not made',
    'service',
    'reason',
  )
  readonly hedges: CounterFamily = this.counter(
    'mesh_hedges_total',
    'Attempts beside one that did not answer, by whether the retry budget allowed them',
    'service',
    'sent',
  )
  readonly observed: CounterFamily = this.counter(
    'mesh_observed_total',
    'What policies that only observe would have done',
    'service',
    'policy',
    'action',
  )
  readonly coalesced: CounterFamily = this.counter(
    'mesh_coalesced_total',
    'Calls that got the answer to an identical one',
    'service',
  )
  readonly fallbacks: CounterFamily = this.counter(
    'mesh_fallbacks_total',
    'Failures that were to be answered by a fallback, by whether it could',
    'service',
    'result',
  )
  readonly breakerState: GaugeFamily = this.gauge(
    'mesh_breaker_state',
    'Circuit breaker: 0 closed, 1 half-open, 2 open; of a subset that has one, service is service|subset',
    'service',
  )
  readonly breakerTransitions: CounterFamily = this.counter(
    'mesh_breaker_transitions_total',
    'Changes of a circuit breaker, by the new state',
    'service',
    'state',
  )
  readonly ejections: CounterFamily = this.counter(
    'mesh_ejections_total',
    'Endpoints taken out of the balancing',
    'service',
    'reason',
  )
  readonly discoveries: CounterFamily = this.counter(
    'mesh_discovery_updates_total',
    'Discoveries by result: found (other endpoints than before), failed',
    'service',
    'result',
  )
  readonly healthTransitions: CounterFamily = this.counter(
    'mesh_health_check_transitions_total',
    'Endpoints that health checks took out or brought back, by the new state: healthy, unhealthy',
    'service',
    'state',
  )
  readonly shed: CounterFamily = this.counter(
    'mesh_shed_total',
    'Calls refused because too many were under way',
    'service',
    'reason',
  )
  readonly serverShed: CounterFamily = this.counter(
    'mesh_server_shed_total',
    'Requests refused because this process had too much to do',
    'reason',
  )
  readonly rateLimits: CounterFamily = this.counter(
    'mesh_ratelimit_total',
    'Rate limit decisions: allowed, limited; backend: memory, redis, local (instead of redis)',
    'policy',
    'decision',
    'backend',
  )
  readonly rateLimitStoreErrors: CounterFamily = this.counter(
    'mesh_ratelimit_store_errors_total',
    'Decisions made without the store of a rate limit, by why and what was done instead',
    'policy',
    'kind',
    'mode',
  )
  readonly configReloads: CounterFamily = this.counter(
    'mesh_config_reload_total',
    'Configurations applied or rejected',
    'result',
  )
  readonly authentications: CounterFamily = this.counter(
    'mesh_authn_total',
    'Authentication decisions',
    'method',
    'result',
    'reason',
  )
  readonly authorizations: CounterFamily = this.counter(
    'mesh_authz_total',
    'Authorization decisions',
    'decision',
    'rule',
  )
  readonly certNotAfter: GaugeFamily = this.gauge(
    'mesh_cert_not_after_seconds',
    'When our own certificate expires, seconds since 1970',
    'workload',
  )
  readonly identityReloads: CounterFamily = this.counter(
    'mesh_identity_reload_total',
    'Credentials rotated or rejected',
    'result',
  )
  readonly identityRejected: CounterFamily = this.counter(
    'mesh_identity_rejected_total',
    'Peers whose identity was refused',
    'side',
    'reason',
  )
  readonly jwks: CounterFamily = this.counter('mesh_jwks_fetches_total', 'Key sets fetched', 'issuer', 'result')
  readonly faults: CounterFamily = this.counter(
    'mesh_faults_total',
    'What went wrong and was told to no caller, by the part that noticed',
    'where',
  )

  readonly istioRequests: CounterFamily = this.counter('istio_requests_total', 'Requests (Istio)', ...istioHttpLabels)
  readonly istioDuration: HistogramFamily = this.histogram(
    'istio_request_duration_milliseconds',
    'Request durations (Istio; the labels that dashboards group by)',
    envoyBuckets,
    ...istioDurationLabels,
  )
  readonly istioConnections: CounterFamily = this.counter(
    'istio_tcp_connections_opened_total',
    'Connections opened (Istio)',
    ...istioTcpLabels,
  )

  readonly kongRequests: CounterFamily = this.counter(
    'kong_http_requests_total',
    'Requests through the gateway (Kong)',
    'service',
    'route',
    'code',
    'source',
    'workspace',
    'consumer',
  )
  readonly kongLatency: HistogramFamily = this.histogram(
    'kong_request_latency_ms',
    'Request durations through the gateway (Kong)',
    kongBuckets,
    'service',
    'route',
    'workspace',
  )
  readonly kongStatuses: CounterFamily = this.counter(
    'kong_nginx_http_requests_total',
    'Requests to the gateway by status (the older name, with its label)',
    'status',
  )
  readonly kongDuration: HistogramFamily = this.histogram(
    'kong_request_duration_ms',
    'kong_request_latency_ms by its older name',
    kongBuckets,
    'service',
    'route',
    'workspace',
  )
  readonly kongNginx: CounterFamily = this.counter(
    'kong_nginx_requests_total',
    'Requests to the gateway (Kong)',
    'subsystem',
  )
}

/** Every metric, in a registry. Throws `ConfigError` if other metrics stand there under our names. */
export function enroll(registry: MetricsRegistry): Catalogue {
  const catalogue = new Catalogue(registry)
  catalogue.assertOurs()
  return catalogue
}
