import type { Family, Labels, Series } from './family.js'

/**
 * The series that belong together and go together: those of a service, or of a mesh. Released, it hands out series that
 * nobody exposes, so that a call which outlives its service leaves nothing behind.
 */
export class Scope {
  readonly #held = new Map<Family<Series>, Set<string>>()
  #released = false

  /** Binds a series: once, ahead of the calls that count in it. */
  bind<S extends Series>(family: Family<S>, labels: Labels): S {
    if (this.#released) return family.detached()
    const { key, series } = family.acquire(labels)
    let keys = this.#held.get(family)
    if (keys === undefined) {
      keys = new Set()
      this.#held.set(family, keys)
    }
    if (keys.has(key)) family.release(key)
    keys.add(key)
    return series
  }

  /** Gives one series back before the others. */
  unbind(family: Family<Series>, labels: Labels): void {
    const key = family.keyOf(labels)
    if (this.#held.get(family)?.delete(key) === true) family.release(key)
  }

  release(): void {
    this.#released = true
    for (const [family, keys] of this.#held) for (const key of keys) family.release(key)
    this.#held.clear()
  }
}
