import type { ClientCall } from '../core/call.js'
import type { Clock, Timer } from '../core/clock.js'
import { MeshError } from '../core/errors.js'
import { portOf } from '../core/url.js'
import { type EndpointOptions, parseAddress } from '../discovery/index.js'
import type { Endpoint } from './endpoint.js'

/** The endpoints that calls bring with them. */
export interface OriginalPool {
  readonly name: string
  get(id: string): Endpoint | undefined
  update(options: readonly EndpointOptions[]): void
}

interface Known {
  readonly id: string
  readonly option: EndpointOptions
  usedAtMs: number
}

/** Places that can be known at once; when they are full, this part of them makes room. */
const capacity = 1_024
const room = 128
/** A place that nobody has called for so long is forgotten. */
const idleMs = 60_000

/** Endpoints made on demand: each call goes to the very host and port that it names. Their number is bounded. */
export class OriginalEndpoints {
  readonly #pool: OriginalPool
  readonly #clock: Clock
  /** By what calls name. */
  readonly #known = new Map<string, Known>()
  #sweep: Timer | undefined = undefined

  constructor(pool: OriginalPool, clock: Clock) {
    this.#pool = pool
    this.#clock = clock
  }

  /** The endpoint that a call names. Throws `ERR_MESH_OVERFLOW` when all places are taken by calls under way. */
  of(call: ClientCall): Endpoint | undefined {
    const key = `${call.scheme}://${call.named}`
    const known = this.#known.get(key)
    const endpoint = known === undefined ? undefined : this.#pool.get(known.id)
    if (known === undefined || endpoint?.scheme !== call.scheme) return this.#add(call, key)
    known.usedAtMs = this.#clock.now()
    return endpoint
  }

  #add(call: ClientCall, key: string): Endpoint | undefined {
    const { scheme, named: authority } = call
    const port = portOf(authority, scheme)
    const host = authority.startsWith('[') ? authority.slice(0, authority.indexOf(']') + 1) : authority.split(':', 1)[0]
    const url = `${scheme}://${host}:${port}`
    const address = parseAddress(url)
    if (address === undefined) return undefined
    // The same port in plain text and in TLS: never the one for the other.
    for (const [other, { id }] of this.#known)
      if (id === address.id && !other.startsWith(`${scheme}:`)) this.#known.delete(other)
    if (this.#known.size >= capacity) this.#forget(Number.POSITIVE_INFINITY, room)
    if (this.#known.size >= capacity)
      throw new MeshError('ERR_MESH_OVERFLOW', `"${this.#pool.name}" is being called at ${capacity} places at once`, {
        service: this.#pool.name,
      })
    this.#known.set(key, { id: address.id, option: { url }, usedAtMs: this.#clock.now() })
    this.#publish()
    this.#sweep ??= this.#clock.setTimer(this.#dropIdle, idleMs)
    return this.#pool.get(address.id)
  }

  #publish(): void {
    this.#pool.update([...this.#known.values()].map(({ option }) => option))
  }

  /** Drops up to `most` places without a call that were last used before `beforeMs`, the longest ago first. */
  #forget(beforeMs: number, most: number): number {
    const idle = [...this.#known]
      .filter(([, { id, usedAtMs }]) => usedAtMs < beforeMs && (this.#pool.get(id)?.active ?? 0) === 0)
      .sort(([, a], [, b]) => a.usedAtMs - b.usedAtMs)
      .slice(0, most)
    for (const [key] of idle) this.#known.delete(key)
    return idle.length
  }

  readonly #dropIdle = (): void => {
    this.#sweep = undefined
    if (this.#forget(this.#clock.now() - idleMs, this.#known.size) > 0) this.#publish()
    if (this.#known.size > 0) this.#sweep = this.#clock.setTimer(this.#dropIdle, idleMs)
  }

  /** Forgets all of them. */
  close(): void {
    this.#sweep?.cancel()
    this.#sweep = undefined
    this.#known.clear()
  }
}
