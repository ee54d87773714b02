import type { ClientCall } from '../core/call.js'
import type { Classifier } from '../core/classifier.js'
import type { Clock } from '../core/clock.js'
import type { Observer } from '../core/observer.js'
import type { Random } from '../core/random.js'
import type { ClientStage, StageEdit } from '../core/stages.js'
import type { IdentityState } from '../identity/identity-state.js'
import type { UnderWay, Workload } from '../routing/index.js'
import type { MeasuredService } from '../telemetry/metrics/client-metrics.js'
import type { ServiceTelemetry } from '../telemetry/telemetry.js'

/** The workload that calls, as far as routes and localities ask. */
interface CallingWorkload extends Workload {
  /** `region/zone/subzone`; undefined when unknown. */
  readonly locality: string | undefined
}

/** What the rings of every service have in common. */
export interface ClientDeps {
  readonly workload: CallingWorkload
  readonly clock: Clock
  readonly random: Random
  readonly observer: Observer
  readonly classifier: Classifier
  readonly identity: IdentityState | undefined
  readonly telemetry: (service: MeasuredService) => ServiceTelemetry
  /** The user's own interceptors. */
  readonly edits: readonly StageEdit<ClientCall, ClientStage>[]
  /** Counts the copies of mirrors, which no caller waits for, so that a drain does. Default: nobody counts. */
  readonly underWay?: UnderWay | undefined
}
