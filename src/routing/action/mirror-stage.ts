import { ClientCall, type Destination } from '../../core/call.js'
import { MeshError } from '../../core/errors.js'
import { type Handler, type Interceptor, proceed } from '../../core/interceptor.js'
import type { Releasable } from '../../core/lease.js'
import type { Observer } from '../../core/observer.js'
import type { Random } from '../../core/random.js'
import type { Chance } from '../chance.js'

/** Where copies go. */
export interface Mirror {
  readonly destination: Destination
  readonly chance: Chance
  /** Sends a copy: one attempt, bounded as the call is. */
  readonly send: Handler<ClientCall>
}

/** Counts work that nobody waits for, so that a drain does. One count is given back per `release`. */
export interface UnderWay extends Releasable {
  enter(): void
}

/** What mirrors need. */
export interface MirrorDeps {
  readonly random: Random
  readonly observer: Observer
  /** Default: copies are not counted. */
  readonly underWay?: UnderWay | undefined
}

/** `-shadow` behind the host, before the port. */
export function shadowOf(authority: string): string {
  const colon = authority.lastIndexOf(':')
  const end = colon > authority.lastIndexOf(']') ? colon : authority.length
  return `${authority.slice(0, end)}-shadow${authority.slice(end)}`
}

function copyOf(call: ClientCall, destination: Destination): ClientCall {
  const { method, scheme, authority, path, headers, body } = call
  const copy = new ClientCall(method, scheme, shadowOf(authority), path, headers.fork(), body)
  copy.named = call.named
  copy.service = destination.service
  copy.destination = destination
  copy.deadline = call.deadline
  copy.caller = call.caller
  copy.route = call.route
  return copy
}

class Uncounted implements UnderWay {
  enter(): void {}
  release(): void {}
}

/**
 * Sends copies of calls elsewhere, each with its own chance, and lets nobody wait for them: answers are thrown away and
 * failures stay here. What is sent from a stream can be read only once and so is not mirrored, which is reported.
 */
export function mirrorStage(mirrors: readonly Mirror[], deps: MirrorDeps): Interceptor<ClientCall> {
  const { random, observer } = deps
  const underWay = deps.underWay ?? new Uncounted()

  async function send(copy: ClientCall, mirror: Mirror): Promise<void> {
    underWay.enter()
    try {
      const reply = await mirror.send(copy)
      reply.lease.hold(underWay)
      reply.body.dump()
    } catch {
      underWay.release()
    }
  }

  return function mirror(call, next) {
    if (call.method === 'CONNECT') return next(call)
    const copies = mirrors.flatMap((one) =>
      one.chance.hits(random) ? [{ one, copy: copyOf(call, one.destination) }] : [],
    )
    const reply = proceed(call, next)
    if (copies.length === 0) return reply
    if (call.body.kind === 'stream') observer.emit('fault', { where: 'mirror', error: notRepeatable(call) })
    else for (const { one, copy } of copies) void send(copy, one)
    return reply
  }
}

function notRepeatable(call: ClientCall): MeshError {
  return new MeshError('ERR_MESH_BODY_USED', 'a streamed body can be sent only once, so the call was not mirrored', {
    service: call.service,
  })
}
