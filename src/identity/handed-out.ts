import type { Clock } from '../core/clock.js'
import { noRoots, type TrustBundles, withdrawsRoot } from './trust-bundles.js'

/** Longer than a silent connection lives: 5 s for its handshake, Node's `headersTimeout` of 60 s, looked at every 30 s. */
const silenceMs = 120_000

/**
 * The roots in the settings that were last handed out for servers of the user's own: what OpenSSL asks there, until
 * somebody fetches newer ones. Outlives every config, as those servers do.
 */
export class HandedOutRoots {
  readonly #clock: Clock
  #roots = noRoots
  #withdrawnAtMs: number | undefined = undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Settings with these roots are handed out. */
  handOut(roots: TrustBundles): void {
    if (withdrawsRoot(this.#roots, roots)) this.#withdrawnAtMs = this.#clock.now()
    this.#roots = roots
  }

  /**
   * The roots by which OpenSSL has judged whoever sends a first request now. Nobody's for a while after one was withdrawn:
   * the connection may have been accepted by that one.
   */
  get asked(): TrustBundles {
    if (this.#withdrawnAtMs === undefined) return this.#roots
    if (this.#clock.now() - this.#withdrawnAtMs < silenceMs) return noRoots
    this.#withdrawnAtMs = undefined
    return this.#roots
  }
}
