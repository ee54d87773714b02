import type { CompiledService } from '../client/index.js'
import type { ClientCall } from '../core/call.js'
import type { Clock } from '../core/clock.js'
import { MeshError } from '../core/errors.js'
import type { InFlight } from '../core/in-flight.js'
import { followInbound, inboundContext } from '../core/inbound.js'
import { compose, type Handler } from '../core/interceptor.js'
import { leading, type Teller, telling, tellOn } from '../core/teller.js'
import { both, tellFailure } from '../core/visit.js'
import { deadlineStage } from '../resilience/timeout/index.js'
import type { Gate } from './gate.js'
import { inheriting } from './inheritance.js'
import type { Snapshot } from './snapshot.js'

/** What calls that leave this process go through. */
export interface OutboundOptions {
  /** The snapshot of this moment. */
  readonly snapshot: () => Snapshot
  /** Calls wait for the first config. */
  readonly gate: Gate
  readonly clock: Clock
  /** Where hosts that no service names go; undefined refuses them. */
  readonly passthrough: Handler<ClientCall> | undefined
  /** Counts the calls, and whatever else a drain has to wait for. */
  readonly inFlight: InFlight
}

/** Finds the service of each call, in the snapshot that serves now, and keeps count for the drain. */
export class Outbound {
  readonly inFlight: InFlight
  readonly #options: OutboundOptions
  #state: 'open' | 'draining' | 'closed' = 'open'

  constructor(options: OutboundOptions) {
    this.#options = options
    this.inFlight = options.inFlight
    // A deadline that bounds the wait: the service's own is not known yet.
    const waiting = compose([deadlineStage(undefined, options)], options.gate.before(this.#dispatch))
    this.#enter = inheriting(leading(() => (options.gate.isOpen ? this.#dispatch : waiting)))
  }

  /** Sends a call through the mesh. */
  readonly send: Teller<ClientCall> = telling((call: ClientCall, visit) => {
    if (this.#state !== 'open' && !this.#mayFinish(call))
      return tellFailure(new MeshError('ERR_MESH_CLOSED', 'the mesh is closed'), visit)
    this.inFlight.enter()
    return tellOn(call, this.#enter, both(visit, this.inFlight))
  })

  /** A request that is being served while its server drains, by an application or the gateway, may need a call to end well. */
  #mayFinish(call: ClientCall): boolean {
    return this.#state === 'draining' && (call.caller ?? inboundContext()) !== undefined
  }

  /** Takes no more calls but those of requests that are being served. */
  drain(): void {
    this.#state = 'draining'
  }

  /** Takes no more calls. */
  close(): void {
    this.#state = 'closed'
  }

  /** The service that a call is for; undefined for a host that none names. */
  find(call: ClientCall): CompiledService | undefined {
    const { services, hosts } = this.#options.snapshot()
    if (call.service === '') return hosts.find(call.authority, call.scheme)
    return services.get(call.service) ?? hosts.find(call.service, call.scheme)
  }

  readonly #dispatch: Teller<ClientCall> = leading((call: ClientCall) => {
    const service = this.find(call)
    if (service !== undefined) return service.handler
    if (call.service === '' && this.#options.passthrough !== undefined) {
      followInbound()
      return this.#options.passthrough
    }
    const name = call.callee
    throw new MeshError('ERR_MESH_NO_ROUTE', `no service is called "${name}"`, {
      service: name,
      detail: 'route_not_found',
    })
  })

  readonly #enter: Teller<ClientCall>
}
