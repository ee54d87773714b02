import type { ClientCall } from '../core/call.js'
import { type Classifier, httpClassifier } from '../core/classifier.js'
import { type Clock, systemClock } from '../core/clock.js'
import type { Interceptor } from '../core/interceptor.js'
import { type Logger, silentLogger } from '../core/logger.js'
import type { Observer } from '../core/observer.js'
import type { ServerCall } from '../core/server-call.js'
import { AccessLog } from './access-log/access-log.js'
import { attemptTelemetryStage, clientTelemetryStage, copyTelemetryStage } from './client-stage.js'
import { logEvents } from './event-log/event-log.js'
import type { MeasuredService } from './metrics/client-metrics.js'
import { MeshMetrics } from './metrics/mesh-metrics.js'
import type { MetricsRegistry } from './metrics/registry.js'
import type { ServerRole } from './metrics/server-metrics.js'
import type { Workload } from './metrics/workload.js'
import { serverTelemetryStage } from './server-stage.js'

/** What the telemetry of a mesh is made of. */
export interface TelemetryOptions {
  readonly workload: Workload
  readonly observer: Observer
  readonly clock?: Clock | undefined
  readonly classifier?: Classifier | undefined
  /** The user's own registry. */
  readonly registry?: MetricsRegistry | undefined
  /** Where the access log and what happens to the mesh go; without one they go nowhere. */
  readonly logger?: Logger | undefined
}

/** The telemetry stages of one service. */
export interface ServiceTelemetry {
  /** Once per logical call. */
  readonly service: Interceptor<ClientCall>
  /** Once per attempt. */
  readonly attempt: Interceptor<ClientCall>
  /** Once per copy that a mirror sends to a service. */
  readonly copies: (service: string) => Interceptor<ClientCall>
}

/** All telemetry of one mesh: hands out stages, owns the series, counts what policies report, and logs some of it. */
export class Telemetry {
  readonly metrics: MeshMetrics
  readonly #clock: Clock
  readonly #classifier: Classifier
  readonly #accessLog: AccessLog | undefined
  readonly #stopLogging: (() => void) | undefined

  /** Throws `ConfigError` when the user's registry has other metrics under our names. */
  constructor(options: TelemetryOptions) {
    const { workload, registry, observer, logger } = options
    this.#clock = options.clock ?? systemClock
    this.#classifier = options.classifier ?? httpClassifier
    const heard = logger === silentLogger ? undefined : logger
    this.#accessLog = heard && new AccessLog(heard)
    this.metrics = new MeshMetrics(workload, registry)
    this.metrics.subscribe(observer)
    this.#stopLogging = heard && logEvents(observer, heard, this.#clock)
  }

  /** The stages of a service, made when a snapshot is compiled. */
  service(service: MeasuredService): ServiceTelemetry {
    const metrics = this.metrics.client(service)
    return {
      service: clientTelemetryStage({
        clock: this.#clock,
        classifier: this.#classifier,
        metrics,
        accessLog: this.#accessLog,
      }),
      attempt: attemptTelemetryStage(metrics),
      copies: (name) => copyTelemetryStage(metrics.copies(name)),
    }
  }

  /** The stage of the server ring. */
  server(role: ServerRole): Interceptor<ServerCall> {
    return serverTelemetryStage({
      clock: this.#clock,
      metrics: this.metrics.server(role),
      accessLog: this.#accessLog,
    })
  }

  /** Stops counting and logging, and removes all series of this mesh. */
  close(): void {
    this.#stopLogging?.()
    this.metrics.close()
  }
}
