import type { MeshConfig } from '../config/config.js'
import { type ConfigSource, isConfigSource } from '../config/source.js'
import { warnOfThrown } from '../core/warn.js'

/** What becomes of the configs of a feed. */
export interface FeedTarget {
  /** Serves a config, or rejects. */
  apply(configs: readonly MeshConfig[]): Promise<void>
  /** A source could not be read. */
  failed(reason: unknown): void
}

/**
 * Follows the sources among the parts of a config, and hands on all parts together whenever one has changed. One hand-over
 * at a time: of configs that come faster, only the last is served.
 */
export class ConfigFeed {
  readonly #parts: readonly (MeshConfig | ConfigSource)[]
  readonly #target: FeedTarget
  readonly #latest: (MeshConfig | undefined)[]
  readonly #unsubscribers: (() => void)[] = []
  #running: Promise<void> | undefined = undefined
  #stale = false
  #stopped = false

  /** Nobody follows its sources any more. */
  get stopped(): boolean {
    return this.#stopped
  }

  constructor(parts: readonly (MeshConfig | ConfigSource)[], target: FeedTarget) {
    this.#parts = parts
    this.#target = target
    this.#latest = parts.map((part) => (isConfigSource(part) ? undefined : part))
  }

  /** Starts every source. Resolves when the first config of all serves; rejects when it cannot, and goes on following. */
  async start(): Promise<void> {
    const loads = this.#parts.map((part, i) => (isConfigSource(part) ? this.#follow(part, i) : undefined))
    const results = await Promise.allSettled(loads)
    for (const result of results) if (result.status === 'rejected') throw result.reason
    await this.#handOver()
  }

  async #follow(source: ConfigSource, index: number): Promise<void> {
    this.#unsubscribers.push(
      source.subscribe(
        (config) => {
          this.#latest[index] = config
          // Who waits for the first hand-over hears of its failure; later ones are reported by the target itself.
          this.#handOver().catch(() => {})
        },
        (reason) => {
          if (!this.#stopped) this.#target.failed(reason)
        },
      ),
    )
    try {
      const config = await source.load()
      // A change that came while it was loading is newer.
      this.#latest[index] ??= config
    } catch (reason) {
      if (!this.#stopped) this.#target.failed(reason)
      throw reason
    }
  }

  #handOver(): Promise<void> {
    this.#stale = true
    this.#running ??= this.#drain().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #drain(): Promise<void> {
    let failure: { readonly reason: unknown } | undefined
    while (this.#stale && !this.#stopped) {
      this.#stale = false
      const configs = this.#latest.filter((config) => config !== undefined)
      if (configs.length < this.#parts.length) return
      failure = undefined
      try {
        await this.#target.apply(configs)
      } catch (reason) {
        failure = { reason }
      }
    }
    if (failure !== undefined) throw failure.reason
  }

  /** Ends every source. */
  stop(): void {
    this.#stopped = true
    for (const unsubscribe of this.#unsubscribers.splice(0))
      try {
        unsubscribe()
      } catch (error) {
        warnOfThrown(error)
      }
  }
}
