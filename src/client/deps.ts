import type { ClientCall } from '../core/call.js'
import type { Classifier } from '../core/classifier.js'
import type { Clock } from '../core/clock.js'
import type { Interceptor } from '../core/interceptor.js'
import type { Observer } from '../core/observer.js'
import type { Random } from '../core/random.js'
import type { ClientStage, StageEdit } from '../core/stages.js'
import type { IdentityState } from '../identity/identity-state.js'
import type { MeasuredService } from '../telemetry/metrics/client-metrics.js'

/** The telemetry stages of a service, bound when its rings are built. */
export interface ServiceTelemetry {
  /** Once per logical call. */
  readonly service: Interceptor<ClientCall>
  /** Once per attempt. */
  readonly attempt: Interceptor<ClientCall>
}

/** What the rings of every service have in common. */
export interface ClientDeps {
  readonly clock: Clock
  readonly random: Random
  readonly observer: Observer
  readonly classifier: Classifier
  readonly identity: IdentityState | undefined
  readonly telemetry: (service: MeasuredService) => ServiceTelemetry
  /** The user's own interceptors. */
  readonly edits: readonly StageEdit<ClientCall, ClientStage>[]
}
