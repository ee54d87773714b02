import { Cancellation } from '../../core/cancellation.js'
import type { Clock, Timer } from '../../core/clock.js'
import { MeshError } from '../../core/errors.js'
import type { MeshEvents } from '../../core/events.js'
import type { Observer } from '../../core/observer.js'
import type { ServerCall } from '../../core/server-call.js'
import type { JwtAlgorithm } from '../algorithms.js'
import type { VerificationKey } from '../verification-key.js'
import type { HttpGet } from './http-get.js'
import { type KeySource, matchingKeys, parseKeySet } from './key-set.js'
import { UnusableKeySet } from './unusable-key-set.js'
import { waitWithin } from './wait.js'

/** Largest key set, bytes. */
const maxBytes = 256 * 1024
const firstBackoffMs = 1_000
const maxBackoffMs = 30_000

/** Where a key set is and how it is kept. */
export interface RemoteKeySetOptions {
  readonly uri: string
  readonly issuer: string
  readonly algorithms: readonly JwtAlgorithm[] | undefined
  readonly requireKid: boolean
  readonly intervalMs: number
  readonly maxStaleMs: number
  readonly cooldownMs: number
  readonly timeoutMs: number
}

/** A URI without what may be a secret: a user, a query. */
function shownUri(uri: string): string {
  const [place = ''] = uri.split(/[?#]/, 1)
  return place.replace(/^(https?:\/\/)[^/]*@/, '$1')
}

/**
 * An issuer's key set, fetched. One fetch at a time; a set that ages is refreshed in the background, one that cannot
 * be refreshed counts for a while longer, but for keys that it lists no more, and unknown key ids cause one fetch a
 * cooldown at most, whoever sends them.
 */
export class RemoteKeySet implements KeySource {
  readonly #options: RemoteKeySetOptions
  readonly #named: Pick<MeshEvents['jwks'], 'issuer' | 'uri'>
  readonly #clock: Clock
  readonly #observer: Observer
  readonly #get: HttpGet
  readonly #closing = new Cancellation()
  #keys: readonly VerificationKey[] | undefined = undefined
  #unusable: ReadonlyMap<string, string> = new Map()
  #failure: Error | undefined = undefined
  #text = ''
  #fetchedAtMs = 0
  #failures = 0
  #nextFetchAtMs = 0
  #nextMissAtMs = 0
  #loading: Promise<void> | undefined = undefined
  #retry: Timer | undefined = undefined

  constructor(options: RemoteKeySetOptions, deps: { clock: Clock; observer: Observer; get: HttpGet }) {
    this.#options = options
    this.#named = { issuer: options.issuer, uri: shownUri(options.uri) }
    this.#clock = deps.clock
    this.#observer = deps.observer
    this.#get = deps.get
    this.#load()
  }

  /** Resolves once there are keys; rejects when the fetch under way brings none. */
  async ready(): Promise<void> {
    if (this.#keys === undefined) this.#load()
    await this.#loading
    if (this.#keys === undefined) throw this.#unavailable()
  }

  async find(kid: string | undefined, alg: string, call: ServerCall): Promise<readonly VerificationKey[]> {
    if (kid === undefined && this.#options.requireKid) return []
    const keys = this.current() ?? (await this.#waitForKeys(call))
    if (kid === undefined || keys.some((key) => key.kid === kid)) return matchingKeys(keys, kid, alg)
    return matchingKeys(await this.#afterMiss(call, keys), kid, alg)
  }

  unusable(kid: string): string | undefined {
    return this.#unusable.get(kid)
  }

  /** Stops fetching. */
  close(): void {
    this.#retry?.cancel()
    this.#closing.cancel(undefined)
  }

  /** The keys, if they count as they are; starts a refresh when they have aged. */
  current(): readonly VerificationKey[] | undefined {
    if (this.#keys === undefined) return undefined
    const { intervalMs, cooldownMs, maxStaleMs } = this.#options
    const age = this.#clock.now() - this.#fetchedAtMs
    if (age < intervalMs) return this.#keys
    if (this.#mayFetch()) this.#load()
    const allowedMs = this.#failures > 0 ? maxStaleMs : Math.min(cooldownMs, maxStaleMs)
    return age < intervalMs + allowedMs ? this.#keys : undefined
  }

  async #waitForKeys(call: ServerCall): Promise<readonly VerificationKey[]> {
    if (this.#loading === undefined && this.#mayFetch()) this.#load()
    if (this.#loading !== undefined) await waitWithin(call, this.#loading, this.#clock)
    const keys = this.current()
    if (keys === undefined) throw this.#unavailable()
    return keys
  }

  /** The keys after a look whether the issuer has new ones. */
  async #afterMiss(call: ServerCall, keys: readonly VerificationKey[]): Promise<readonly VerificationKey[]> {
    const now = this.#clock.now()
    if (this.#loading === undefined) {
      if (now < this.#nextMissAtMs || !this.#mayFetch()) return keys
      this.#nextMissAtMs = now + this.#options.cooldownMs
      this.#load()
    }
    if (this.#loading !== undefined) await waitWithin(call, this.#loading, this.#clock)
    return this.#keys ?? keys
  }

  #mayFetch(): boolean {
    return this.#loading === undefined && !this.#closing.cancelled && this.#clock.now() >= this.#nextFetchAtMs
  }

  /** Fetches, one at a time. Never rejects: what came of it is in the state. */
  #load(): void {
    this.#loading ??= this.#fetch().then(
      (keys) => this.#loaded(keys),
      (error) => this.#failed(error),
    )
  }

  async #fetch(): Promise<readonly VerificationKey[]> {
    const { uri, timeoutMs, algorithms } = this.#options
    const limits = { timeoutMs, maxBytes, clock: this.#clock, cancellation: this.#closing }
    const { status, body } = await this.#get(uri, limits)
    if (status !== 200) throw new Error(`the key set was answered with status ${status}`)
    // The same text is the same keys: what was proven with them stays proven.
    if (this.#keys !== undefined && body === this.#text) return this.#keys
    const { keys, unusable } = parseKeySet(JSON.parse(body), algorithms)
    this.#text = body
    this.#unusable = unusable
    return keys
  }

  #loaded(keys: readonly VerificationKey[]): void {
    this.#loading = undefined
    this.#keys = keys
    this.#failure = undefined
    this.#failures = 0
    this.#fetchedAtMs = this.#clock.now()
    this.#nextFetchAtMs = this.#fetchedAtMs
    this.#observer.emit('jwks', { ...this.#named, result: 'ok' })
  }

  #failed(error: unknown): void {
    this.#loading = undefined
    if (this.#closing.cancelled) return
    const backoffMs = Math.min(firstBackoffMs * 2 ** this.#failures, maxBackoffMs)
    this.#failures = Math.min(this.#failures + 1, 16)
    this.#nextFetchAtMs = this.#clock.now() + backoffMs
    this.#failure = error instanceof Error ? error : new Error('the key set could not be fetched')
    if (error instanceof UnusableKeySet) this.#withdraw(error)
    this.#retry?.cancel()
    // Without any key nothing else would look again: no token asks for one that is missing.
    if (this.#keys === undefined || this.#keys.length === 0)
      this.#retry = this.#clock.setTimer(() => this.#load(), backoffMs)
    this.#observer.emit('jwks', { ...this.#named, result: 'failed', error: this.#failure })
  }

  /** The issuer was heard: keys that its set does not list any more must not outlast it. */
  #withdraw(set: UnusableKeySet): void {
    if (this.#keys === undefined) return
    const kept = set.stillListed(this.#keys)
    if (kept === this.#keys) return
    this.#keys = kept
    // The set before may come back, with all of its keys.
    this.#text = ''
  }

  #unavailable(): MeshError {
    return new MeshError('ERR_MESH_UNAVAILABLE', `the keys of "${this.#options.issuer}" are not available`, {
      cause: this.#failure,
      detail: 'jwks_unavailable',
      retryAfterMs: Math.max(1_000, this.#nextFetchAtMs - this.#clock.now()),
    })
  }
}
