import { type ClusterView, healthCheckStage, latencyStage, outlierStage, pickStage } from '../cluster/index.js'
import type { ServiceConfig } from '../config/service.js'
import type { ClientCall, Destination } from '../core/call.js'
import type { InFlight } from '../core/in-flight.js'
import { compose, type Handler, type Interceptor } from '../core/interceptor.js'
import { arrange, attemptStages, endpointStages, type Staged } from '../core/stages.js'
import { type Breaker, breakerStage, endpointBreakerStage } from '../resilience/circuit-breaker/index.js'
import { admissionStage, type Limiter, limitsStage } from '../resilience/concurrency/index.js'
import type { RetryOptions, RetryPermits } from '../resilience/retry/index.js'
import { attemptTimeoutStage, idleTimeoutStage } from '../resilience/timeout/index.js'
import type { ClusterState } from './cluster-state.js'
import type { ClientDeps } from './deps.js'
import type { EndpointSupply } from './endpoint-supply.js'
import { concurrentBudgetKey, type ServiceState } from './service-state.js'

/** A cluster or a subset of it as a route sees it: with the attempt ring and the endpoint ring behind it. */
export class ClusterDestination implements Destination {
  readonly name: string
  readonly service: string
  readonly subset: string | undefined
  readonly attempt: Handler<ClientCall>
  readonly view: ClusterView
  /** One for all of its endpoints; undefined where none is configured, or one for each. */
  readonly breaker: Breaker | undefined
  readonly limiter: Limiter | undefined
  /** Where its endpoints come from. */
  readonly supply: EndpointSupply
  /** Calls that have been routed to its cluster. */
  readonly calls: InFlight
  /** What bounds the retries that are under way at once: the route's concurrent budget, else the limits. */
  readonly retryPermits: RetryPermits | undefined
  /** What its service keeps for it beyond a snapshot. */
  readonly keys: readonly string[]
  /** Stages in order, for `describe`. */
  readonly stages: { readonly attempt: readonly string[]; readonly endpoint: readonly string[] }

  constructor(options: DestinationOptions, deps: ClientDeps) {
    const { view, state, cluster, config } = options
    this.name = view.name
    this.service = view.cluster.name
    this.subset = view.subset
    this.view = view
    this.calls = cluster.calls
    this.supply = state.supply
    this.breaker = state.breaker(view.name, config.circuitBreaker)
    this.limiter = state.limiter(view.cluster.fullName, config.limits)
    const budget = state.concurrentBudget(view.cluster, options.retryBudget)
    this.retryPermits = budget ?? this.limiter?.retries
    this.keys = budget === undefined ? [view.name] : [view.name, concurrentBudgetKey(view.cluster, options.retryBudget)]
    const endpoint = endpointRing(options, deps)
    const attempt = this.#attemptRing(options, deps)
    this.attempt = compose(interceptors([...attempt, ...endpoint]), cluster.send)
    this.stages = { attempt: attempt.map((entry) => entry.stage), endpoint: endpoint.map((entry) => entry.stage) }
  }

  #attemptRing({ view, state, config }: DestinationOptions, deps: ClientDeps): Staged<ClientCall>[] {
    const { breaker } = this
    const stages: Staged<ClientCall>[] = []
    const admission = state.admission(view.name, config.admission)
    if (admission !== undefined) stages.push({ stage: 'admission', intercept: admissionStage(admission, deps) })
    if (breaker !== undefined) stages.push({ stage: 'breaker', intercept: breakerStage(breaker, deps) })
    if (this.limiter !== undefined) {
      const { clock, classifier, edits } = deps
      const intercept = limitsStage(this.limiter, { clock, classifier, settles: edits.length === 0 })
      stages.push({ stage: 'limits', intercept })
    }
    stages.push({
      stage: 'pick',
      intercept: pickStage(view, { arrival: state.supply, original: state.supply.original(config) }),
    })
    return arrange(attemptStages, stages, deps.edits)
  }
}

/** What a destination is made of. */
export interface DestinationOptions {
  readonly view: ClusterView
  readonly state: ServiceState
  readonly cluster: ClusterState
  /** Config of the service that owns the cluster, with the policies of the subset. */
  readonly config: ServiceConfig
  /** Of its attempts, or of the copies that it gets. */
  readonly telemetry: Interceptor<ClientCall>
  /** The route's; 0 for none. */
  readonly perTryMs: number
  /** Whether hedges bring one of their own. */
  readonly hedgesPerTry: boolean
  /** The route's; 0 for none. */
  readonly perTryIdleMs: number
  /** The route's, else the service's. */
  readonly retryBudget: RetryOptions['budget']
}

function endpointRing(options: DestinationOptions, deps: ClientDeps): Staged<ClientCall>[] {
  const { view, state, cluster, config, telemetry, perTryMs, hedgesPerTry, perTryIdleMs } = options
  const { outlierDetection, circuitBreaker } = config
  const { settings } = view.balancing
  const stages: Staged<ClientCall>[] = [{ stage: 'attempt-telemetry', intercept: telemetry }]
  if (circuitBreaker?.per === 'endpoint')
    stages.push({ stage: 'endpoint-breaker', intercept: endpointBreakerStage(cluster.breakers.of, deps) })
  if (config.healthCheck !== undefined)
    stages.push({ stage: 'health-check', intercept: healthCheckStage(state.supply.checker) })
  if (outlierDetection !== undefined) {
    const intercept = outlierStage(view.cluster.outliers, deps.classifier, outlierDetection.errorStatuses)
    stages.push({ stage: 'outlier-detection', intercept })
  }
  if (settings.type === 'peak-ewma') stages.push({ stage: 'latency', intercept: latencyStage(settings, deps) })
  if (perTryIdleMs > 0) stages.push({ stage: 'idle-timeout', intercept: idleTimeoutStage(perTryIdleMs, deps) })
  if (perTryMs > 0 || hedgesPerTry)
    stages.push({ stage: 'attempt-timeout', intercept: attemptTimeoutStage(perTryMs, deps) })
  return arrange(endpointStages, stages, deps.edits)
}

function interceptors(stages: readonly Staged<ClientCall>[]): Staged<ClientCall>['intercept'][] {
  return stages.map((entry) => entry.intercept)
}
