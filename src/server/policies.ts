import { type ConsumerStore, consumerStore } from '../auth/consumers.js'
import type { InboundOptions } from '../config/inbound.js'
import type { Clock } from '../core/clock.js'
import { compose, type Handler, type Interceptor } from '../core/interceptor.js'
import type { ServerCall } from '../core/server-call.js'
import { arrange, type ServerStage, type Staged, type StageEdit, serverStages } from '../core/stages.js'
import type { MtlsMode } from '../identity/index.js'
import { isIdentityLimit } from '../rate-limit/options.js'
import { expiry } from './expiry.js'
import { hygiene } from './hygiene.js'
import { type PeerLookup, peerIdentity } from './peer.js'
import { policyDeadline } from './policy-deadline.js'
import type { PolicyFactory } from './policy-factory.js'

/** What a server ring is made with. */
export interface ServerDeps {
  readonly clock: Clock
  readonly mtls: MtlsMode
  readonly peerOf: PeerLookup
  readonly telemetry: Interceptor<ServerCall>
  readonly policies: PolicyFactory
  readonly edits: readonly StageEdit<ServerCall, ServerStage>[]
}

/** A server ring around an application. */
export interface ServerRing {
  readonly handle: Handler<ServerCall>
  /** In order. */
  readonly stages: readonly string[]
}

const nobody: ConsumerStore = consumerStore([])

function policyStages(options: InboundOptions, policies: PolicyFactory): Staged<ServerCall>[] {
  const stages: Staged<ServerCall>[] = []
  if (options.concurrency !== undefined)
    stages.push({ stage: 'overload', intercept: policies.concurrency(options.concurrency) })
  if (options.admission !== undefined)
    stages.push({ stage: 'overload', intercept: policies.admission(options.admission) })
  if (options.cors !== undefined) stages.push({ stage: 'cors', intercept: policies.cors(options.cors) })
  for (const limit of options.rateLimits ?? []) {
    const stage = isIdentityLimit(limit) ? 'identity-limits' : 'address-limits'
    stages.push({ stage, intercept: policies.rateLimit(limit, 'inbound') })
  }
  if (options.jwt !== undefined && options.jwt.length > 0)
    stages.push({ stage: 'authentication', intercept: policies.jwt(options.jwt, nobody) })
  if (options.apiKey !== undefined)
    stages.push({ stage: 'authentication', intercept: policies.apiKey(options.apiKey, nobody) })
  if (options.authorization !== undefined)
    stages.push({ stage: 'authorization', intercept: policies.authorization(options.authorization) })
  return stages
}

/** Assembles the server ring of a workload, outermost first. Once per snapshot. */
export function serverRing(options: InboundOptions, deps: ServerDeps, end: Handler<ServerCall>): ServerRing {
  const stages: Staged<ServerCall>[] = [
    { stage: 'server-telemetry', intercept: deps.telemetry },
    { stage: 'hygiene', intercept: hygiene(options, deps) },
    { stage: 'policy-deadline', intercept: policyDeadline(deps) },
    { stage: 'peer', intercept: peerIdentity(deps.mtls, deps.peerOf) },
    ...policyStages(options, deps.policies),
    { stage: 'expiry', intercept: expiry(deps) },
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
