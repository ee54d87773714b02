import type { InboundOptions } from '../config/inbound.js'
import { compose, type Handler, type Interceptor } from '../core/interceptor.js'
import type { ServerCall } from '../core/server-call.js'
import { arrange, type ServerStage, type StageEdit, type Staged, serverStages } from '../core/stages.js'
import type { Clock } from '../core/clock.js'
import type { Observer } from '../core/observer.js'
import { hygiene } from './hygiene.js'
import { type PeerLookup, peerIdentity } from './peer.js'

/** What a server ring is made with. */
export interface ServerDeps {
  readonly clock: Clock
  readonly observer: Observer
  readonly mtls: 'strict' | 'permissive' | 'disable'
  readonly peerOf: PeerLookup
  readonly telemetry: Interceptor<ServerCall>
  readonly edits: readonly StageEdit<ServerCall, ServerStage>[]
}

/** A server ring around an application. */
export interface ServerRing {
  readonly handle: Handler<ServerCall>
  /** In order. */
  readonly stages: readonly string[]
}

/** Assembles the server ring of a workload, outermost first. Once per snapshot. */
export function serverRing(options: InboundOptions, deps: ServerDeps, end: Handler<ServerCall>): ServerRing {
  const stages: Staged<ServerCall>[] = [
    { stage: 'server-telemetry', intercept: deps.telemetry },
    { stage: 'hygiene', intercept: hygiene(options, deps) },
    { stage: 'peer', intercept: peerIdentity(deps.mtls, deps.peerOf) },
  ]
  const ring = arrange(serverStages, stages, deps.edits)
  return {
    handle: compose(
      ring.map((entry) => entry.intercept),
      end,
    ),
    stages: [...ring.map((entry) => entry.stage), 'application'],
  }
}
