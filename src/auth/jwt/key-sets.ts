import { type Clock, systemClock } from '../../core/clock.js'
import { durationMs } from '../../core/duration.js'
import { KeyedState } from '../../core/keyed-state.js'
import { Observer } from '../../core/observer.js'
import { type HttpGet, nodeGet } from './http-get.js'
import type { JwtOptions } from './options.js'
import { RemoteKeySet, type RemoteKeySetOptions } from './remote-key-set.js'

function settingsOf(options: JwtOptions, uri: string): RemoteKeySetOptions {
  const refresh = options.jwksRefresh ?? {}
  return {
    uri,
    issuer: options.issuer ?? '',
    algorithms: options.algorithms,
    requireKid: options.requireKid ?? true,
    intervalMs: durationMs(refresh.interval ?? '5m'),
    maxStaleMs: durationMs(refresh.maxStale ?? '1h'),
    cooldownMs: durationMs(refresh.cooldown ?? '30s'),
    timeoutMs: durationMs(refresh.timeout ?? '5s'),
  }
}

/** Fetched key sets. They outlive a config change that does not concern them, so that no call waits for one. */
export class KeySets {
  readonly #deps: { clock: Clock; observer: Observer; get: HttpGet }
  readonly #sets = new KeyedState<RemoteKeySet>((set) => set.close())

  constructor(deps: { clock?: Clock | undefined; observer?: Observer | undefined; get?: HttpGet | undefined } = {}) {
    this.#deps = {
      clock: deps.clock ?? systemClock,
      observer: deps.observer ?? new Observer(),
      get: deps.get ?? nodeGet,
    }
  }

  /** Identifies the set of some options. */
  static keyOf(options: JwtOptions): string | undefined {
    return options.jwksUri === undefined ? undefined : JSON.stringify(settingsOf(options, options.jwksUri))
  }

  /** The set of some options; begins to load it if it is new. */
  of(options: JwtOptions, uri: string): RemoteKeySet {
    const settings = settingsOf(options, uri)
    return this.#sets.ensure(JSON.stringify(settings), () => new RemoteKeySet(settings, this.#deps))
  }

  /** Resolves once every set has keys; rejects when one could not be fetched. */
  async ready(): Promise<void> {
    await Promise.all([...this.#sets.values()].map((set) => set.ready()))
  }

  /** Drops the sets that none of these options names. */
  retain(options: readonly JwtOptions[]): void {
    const keys = options.map((one) => KeySets.keyOf(one)).filter((key) => key !== undefined)
    this.#sets.retain(new Set(keys))
  }

  close(): void {
    this.#sets.retain(new Set())
  }
}
