import { type Clock, systemClock, type Timer } from '../core/clock.js'
import { maxTimerMs } from '../core/duration.js'
import { Observer } from '../core/observer.js'
import { errorOf } from '../core/thrown.js'
import type { Credentials, IdentitySource } from './credentials.js'
import { HandedOutRoots } from './handed-out.js'
import { type IdentitySnapshot, readCredentials, reading } from './identity-snapshot.js'
import { ownExpired } from './refusal.js'
import { checkValidity } from './svid.js'

/** What an identity state needs of its surroundings. */
export interface IdentityStateOptions {
  readonly clock?: Clock | undefined
  /** Receives `identity` events, and `fault` events as the certificate nears its end unrotated. */
  readonly observer?: Observer | undefined
}

/** What is left of a certificate's life when somebody should be told that nothing rotates it. */
const warnAtShares = [1 / 2, 1 / 3, 1 / 10, 0] as const

function sameRoots({ bundles: a }: Credentials, { bundles: b }: Credentials): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}

function same(a: Credentials, b: Credentials): boolean {
  return a.cert === b.cert && a.key === b.key && sameRoots(a, b)
}

/**
 * Who we are, over time. Wraps a source: checks what it hands out, counts generations, and keeps the last good
 * credentials when new ones are bad - until those end; an expired identity is never used.
 */
export class IdentityState {
  readonly clock: Clock
  readonly observer: Observer
  /** What servers of the user's own have been given. */
  readonly handedOut: HandedOutRoots
  readonly #source: IdentitySource
  readonly #listeners = new Set<(snapshot: IdentitySnapshot) => void>()
  readonly #unsubscribe: () => void
  #seen: Credentials
  #snapshot: IdentitySnapshot
  #warning: Timer | undefined = undefined
  /** Runs while the source's certificate has yet to begin. */
  #beginning: Timer | undefined = undefined

  /** Throws `ConfigError` when the source's first credentials are no good. */
  constructor(source: IdentitySource, options: IdentityStateOptions = {}) {
    this.clock = options.clock ?? systemClock
    this.observer = options.observer ?? new Observer()
    this.handedOut = new HandedOutRoots(this.clock)
    this.#source = source
    this.#seen = source.current()
    this.#snapshot = this.#dated(readCredentials(this.#seen, 1))
    this.#unsubscribe = source.subscribe(this.#refresh)
    this.#watchExpiry()
  }

  /** Today's identity. */
  get current(): IdentitySnapshot {
    return this.#snapshot
  }

  /** Whether our own certificate has ended: nothing may be called or served with it. */
  get expired(): boolean {
    return this.clock.wallNow() >= this.#snapshot.notAfterMs
  }

  /** Calls `fn` after every rotation; returns the unsubscriber. */
  onRotate(fn: (snapshot: IdentitySnapshot) => void): () => void {
    this.#listeners.add(fn)
    return () => {
      this.#listeners.delete(fn)
    }
  }

  /** Stops following the source, and closes it. */
  close(): void {
    this.#warning?.cancel()
    this.#beginning?.cancel()
    this.#unsubscribe()
    this.#listeners.clear()
    this.#source.close?.()
  }

  readonly #refresh = (): void => {
    const generation = this.#snapshot.generation
    this.#beginning?.cancel()
    try {
      const problem = this.#source.problem?.()
      if (problem !== undefined) throw problem
      const credentials = this.#source.current()
      if (same(credentials, this.#seen)) return
      const next = readCredentials(credentials, generation + 1)
      this.#awaitBeginning(next.notBeforeMs)
      // Connections are judged anew when the roots are others, which they are not because a certificate is.
      const { bundles } = sameRoots(credentials, this.#seen) ? this.#snapshot : next
      this.#snapshot = this.#dated({ ...next, bundles })
      this.#seen = credentials
    } catch (error) {
      this.observer.emit('identity', { result: 'rejected', generation, error: errorOf(error) })
      return
    }
    this.#watchExpiry()
    for (const listener of this.#listeners) listener(this.#snapshot)
    this.observer.emit('identity', { result: 'rotated', generation: generation + 1 })
  }

  #dated(snapshot: IdentitySnapshot): IdentitySnapshot {
    reading('identity.cert', () => checkValidity(snapshot.certificate, this.clock.wallNow(), 'our certificate'))
    return snapshot
  }

  /** A certificate that is refused because it begins later is looked at again then: the source has told of it already. */
  #awaitBeginning(beginMs: number): void {
    const wait = (): void => {
      const leftMs = beginMs - this.clock.wallNow()
      if (leftMs > 0) this.#beginning = this.clock.setTimer(wait, Math.min(leftMs, maxTimerMs))
      else this.#refresh()
    }
    if (beginMs > this.clock.wallNow()) wait()
  }

  /** Tells at half, a third, a tenth of the certificate's life and at its end that no rotation has come. */
  #watchExpiry(): void {
    this.#warning?.cancel()
    const { notBeforeMs, notAfterMs } = this.#snapshot
    const now = this.clock.wallNow()
    const due = warnAtShares.map((share) => notAfterMs - (notAfterMs - notBeforeMs) * share).find((atMs) => atMs > now)
    if (due === undefined) return
    const wait = (): void => {
      const leftMs = due - this.clock.wallNow()
      if (leftMs > 0) this.#warning = this.clock.setTimer(wait, Math.min(leftMs, maxTimerMs))
      else this.#warnOfExpiry()
    }
    wait()
  }

  #warnOfExpiry(): void {
    const { notAfterMs, id } = this.#snapshot
    const until = new Date(notAfterMs).toISOString()
    const text = this.expired
      ? `the certificate of ${id.uri} has ended at ${until}: nothing is called or served with it until it is rotated`
      : `the certificate of ${id.uri} ends at ${until} and has not been rotated`
    this.observer.emit('fault', { where: 'identity', error: ownExpired(text) })
    this.#watchExpiry()
  }
}
