import type { CheckedConfig } from '../config/check.js'
import { noDiff } from '../config/diff.js'
import type { Clock } from '../core/clock.js'
import { ConfigError } from '../core/config-error.js'
import type { Interceptor } from '../core/interceptor.js'
import { type Logger, silentLogger } from '../core/logger.js'
import type { Observer } from '../core/observer.js'
import type { ServerCall } from '../core/server-call.js'
import { errorOf } from '../core/thrown.js'
import { warnOfThrown } from '../core/warn.js'
import type { IdentityState } from '../identity/index.js'
import type { MeasuredService } from '../telemetry/metrics/client-metrics.js'
import type { MetricsRegistry } from '../telemetry/metrics/registry.js'
import { type ServiceTelemetry, Telemetry } from '../telemetry/telemetry.js'
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
  readonly client: (service: MeasuredService) => ServiceTelemetry
  readonly server: (role: 'workload' | 'gateway') => Interceptor<ServerCall>
  /** A config serves. */
  configured(generation: number, config: Pick<CheckedConfig, 'warnings' | 'diff'>): void
  /** A config was refused; the one of `generation` goes on serving. */
  rejected(generation: number, error: unknown): void
  /** A service is to be made: what it reports counts. */
  remember(service: string): void
  /** A service has gone. */
  forget(service: string): void
  close(): void
}

/** Puts metrics, traces and logs of a mesh together. */
export function createTelemetry(options: TelemetryOptions): MeshTelemetry {
  const { observer, workload, clock, identity, metrics: registry } = options
  const logger = options.logger ?? silentLogger
  const telemetry = new Telemetry({ workload, observer, clock, registry, logger })
  const { metrics } = telemetry
  if (identity !== undefined) {
    metrics.certificate(identity.current.notAfterMs)
    identity.onRotate(({ notAfterMs }) => metrics.certificate(notAfterMs))
  }

  /** A logger that throws changes nothing of whether a config serves. */
  function write(level: 'info' | 'warn' | 'error', fields: object, message: string): void {
    try {
      logger[level](fields, message)
    } catch (thrown) {
      warnOfThrown(thrown)
    }
  }

  return {
    get registry() {
      return metrics.registry
    },
    logger,
    client: (service) => telemetry.service(service),
    server: (role) => telemetry.server(role),
    configured(generation, { warnings, diff }) {
      for (const warning of warnings) write('warn', { event: 'config', generation }, warning)
      if (generation > 1) write('info', { event: 'config', generation, ...diff }, 'a new config serves')
      observer.emit('config', { result: 'applied', generation, warnings, diff, errors: [] })
    },
    rejected(generation, error) {
      const reason = errorOf(error)
      write('error', { event: 'config', generation, err: reason }, 'the config was refused')
      const errors = reason instanceof ConfigError ? reason.problems : []
      observer.emit('config', { result: 'rejected', generation, warnings: [], diff: noDiff, errors, error: reason })
    },
    remember: (service) => metrics.remember(service),
    forget: (service) => metrics.forget(service),
    close: () => telemetry.close(),
  }
}
