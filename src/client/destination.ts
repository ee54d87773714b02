import { type ClusterView, outlierStage, pickStage } from '../cluster/index.js'
import type { ServiceConfig } from '../config/service.js'
import type { ClientCall, Destination } from '../core/call.js'
import { compose, type Handler } from '../core/interceptor.js'
import { arrange, attemptStages, endpointStages, type Staged } from '../core/stages.js'
import { breakerStage } from '../resilience/circuit-breaker/index.js'
import { type Limiter, limitsStage } from '../resilience/concurrency/index.js'
import { attemptTimeoutStage } from '../resilience/timeout/index.js'
import type { ClientDeps, ServiceTelemetry } from './deps.js'
import type { ServiceState } from './service-state.js'

/** A cluster or a subset of it as a route sees it: with the attempt ring and the endpoint ring behind it. */
export class ClusterDestination implements Destination {
  readonly name: string
  readonly service: string
  readonly subset: string | undefined
  readonly attempt: Handler<ClientCall>
  readonly view: ClusterView
  readonly limiter: Limiter | undefined
  /** Stages in order, for `describe`. */
  readonly stages: { readonly attempt: readonly string[]; readonly endpoint: readonly string[] }

  constructor(options: DestinationOptions, deps: ClientDeps) {
    const { view, state, config, telemetry } = options
    this.name = view.name
    this.service = view.cluster.name
    this.subset = view.subset
    this.view = view
    this.limiter = state.limiter(view.name, config.limits)
    const endpoint = endpointRing(options, telemetry, deps)
    const send = compose(interceptors(endpoint), state.send)
    const attempt = this.#attemptRing(options, deps)
    this.attempt = compose(interceptors(attempt), send)
    this.stages = { attempt: attempt.map((entry) => entry.stage), endpoint: endpoint.map((entry) => entry.stage) }
  }

  #attemptRing({ view, state, config }: DestinationOptions, deps: ClientDeps): Staged<ClientCall>[] {
    const breaker = state.breaker(view.name, config.circuitBreaker)
    const stages: Staged<ClientCall>[] = []
    if (breaker !== undefined) stages.push({ stage: 'breaker', intercept: breakerStage(breaker, deps.classifier) })
    if (this.limiter !== undefined) stages.push({ stage: 'limits', intercept: limitsStage(this.limiter) })
    stages.push({ stage: 'pick', intercept: pickStage(view) })
    return arrange(attemptStages, stages, deps.edits)
  }
}

/** What a destination is made of. */
export interface DestinationOptions {
  readonly view: ClusterView
  readonly state: ServiceState
  /** Config of the service that owns the cluster. */
  readonly config: ServiceConfig
  readonly telemetry: ServiceTelemetry
  /** The route's; 0 for none. */
  readonly perTryMs: number
}

function endpointRing(
  options: DestinationOptions,
  telemetry: ServiceTelemetry,
  deps: ClientDeps,
): Staged<ClientCall>[] {
  const stages: Staged<ClientCall>[] = [{ stage: 'attempt-telemetry', intercept: telemetry.attempt }]
  if (options.config.outlierDetection !== undefined)
    stages.push({ stage: 'outlier-detection', intercept: outlierStage(options.view.cluster.outliers, deps.classifier) })
  if (options.perTryMs > 0)
    stages.push({ stage: 'attempt-timeout', intercept: attemptTimeoutStage(options.perTryMs, deps) })
  return arrange(endpointStages, stages, deps.edits)
}

function interceptors(stages: readonly Staged<ClientCall>[]): Staged<ClientCall>['intercept'][] {
  return stages.map((entry) => entry.intercept)
}
