import type { CompiledService } from '../client/index.js'
import type { ClientCall } from '../core/call.js'
import type { Clock } from '../core/clock.js'
import { MeshError } from '../core/errors.js'
import type { InFlight } from '../core/in-flight.js'
import { followInbound, inboundContext } from '../core/inbound.js'
import { compose, type Handler, proceed } from '../core/interceptor.js'
import type { Reply } from '../core/reply.js'
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
    this.#enter = inheriting((call) => (options.gate.isOpen ? this.#dispatch(call) : waiting(call)))
  }

  /** Sends a call through the mesh. */
  readonly send: Handler<ClientCall> = (call) => {
    if (this.#state !== 'open' && !this.#mayFinish(call))
      return Promise.reject(new MeshError('ERR_MESH_CLOSED', 'the mesh is closed'))
    this.inFlight.enter()
    return proceed(call, this.#enter).then(this.#onReply, this.#onError)
  }

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

  readonly #dispatch: Handler<ClientCall> = (call) => {
    const service = this.find(call)
    if (service !== undefined) return service.handler(call)
    if (call.service === '' && this.#options.passthrough !== undefined) {
      followInbound()
      return this.#options.passthrough(call)
    }
    const name = call.service === '' ? call.authority : call.service
    return Promise.reject(
      new MeshError('ERR_MESH_NO_ROUTE', `no service is called "${name}"`, {
        service: name,
        detail: 'route_not_found',
      }),
    )
  }

  readonly #enter: Handler<ClientCall>

  readonly #onReply = (reply: Reply): Reply => {
    reply.lease.hold(this.inFlight)
    return reply
  }

  readonly #onError = (error: unknown): never => {
    this.inFlight.release()
    throw error
  }
}
