import type { ServiceTelemetry } from '../client/index.js'
import type { Clock } from '../core/clock.js'
import type { Interceptor } from '../core/interceptor.js'
import { type Logger, silentLogger } from '../core/logger.js'
import type { Observer } from '../core/observer.js'
import type { ServerCall } from '../core/server-call.js'
import type { IdentityState } from '../identity/index.js'
import { MeshMetrics } from '../telemetry/metrics/mesh-metrics.js'
import type { MetricsRegistry } from '../telemetry/metrics/registry.js'
import type { Workload } from './options.js'

/** What telemetry is made with. */
export interface TelemetryOptions {
  readonly workload: Required<Workload>
  readonly metrics?: MetricsRegistry | undefined
  readonly logger?: Logger | undefined
  readonly clock: Clock
  readonly observer: Observer
  readonly identity: IdentityState | undefined
}

/** Metrics, traces and logs of one mesh. */
export interface MeshTelemetry {
  readonly registry: MetricsRegistry
  readonly logger: Logger
  readonly client: (service: string) => ServiceTelemetry
  readonly server: (role: 'workload' | 'gateway') => Interceptor<ServerCall>
  /** A config serves. */
  configured(generation: number, warnings: readonly string[]): void
  /** A config was refused; the one of `generation` goes on serving. */
  rejected(generation: number, error: unknown): void
  /** A service has gone. */
  forget(service: string): void
  close(): void
}

const pass: ServiceTelemetry = { service: (call, next) => next(call), attempt: (call, next) => next(call) }

/** Puts metrics, traces and logs of a mesh together. */
export function createTelemetry(options: TelemetryOptions): MeshTelemetry {
  const { observer, workload } = options
  const metrics = new MeshMetrics(workload, options.metrics)
  const logger = options.logger ?? silentLogger
  metrics.subscribe(observer)

  return {
    get registry() {
      return metrics.registry
    },
    logger,
    client: () => pass,
    server: () => (call, next) => next(call),
    configured(generation, warnings) {
      for (const warning of warnings) logger.warn({ generation }, warning)
      observer.emit('config', { result: 'applied', generation, warnings })
    },
    rejected(generation, error) {
      const reason = error instanceof Error ? error : new Error(String(error))
      logger.error({ generation, err: reason }, 'the config was refused')
      observer.emit('config', { result: 'rejected', generation, warnings: [], error: reason })
    },
    forget: (service) => metrics.forget(service),
    close: () => metrics.close(),
  }
}
