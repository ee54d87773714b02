import type { Clock } from '../core/clock.js'
import type { RateLimitDecision, WindowUsage } from './decision.js'
import type { LimitWindow } from './windows.js'

interface Counter {
  count: number
  end: number
}

/** Oldest entries that are looked at for one that may go. */
const secondChances = 8

/**
 * The counters of one window, in a bounded map without timers: a window is over when somebody looks, so none is too
 * long for a timer. When full, what has not been used for longest goes - but a client at its limit only after the
 * others, or churning through keys would set it free.
 */
class WindowCounters {
  readonly #counters = new Map<string, Counter>()
  evictions = 0

  get size(): number {
    return this.#counters.size
  }

  use(key: string, window: LimitWindow, now: number, maxKeys: number): Counter {
    let counter = this.#counters.get(key)
    if (counter === undefined) {
      counter = { count: 0, end: window.endAfter(now) }
      if (this.#counters.size >= maxKeys) this.#evict(window, now)
    } else {
      this.#counters.delete(key)
      if (now >= counter.end) {
        counter.count = 0
        counter.end = window.endAfter(now)
      }
    }
    this.#counters.set(key, counter)
    return counter
  }

  #evict(window: LimitWindow, now: number): void {
    this.evictions++
    let chances = secondChances
    for (const [key, counter] of this.#counters) {
      this.#counters.delete(key)
      if (chances === 0 || counter.count < window.limit || now >= counter.end) return
      this.#counters.set(key, counter)
      chances--
    }
  }
}

/**
 * Counts calls in this process. Lives as long as its policy, whatever its numbers become; a refused call is not
 * counted, in any window.
 */
export class MemoryStore {
  readonly #windows = new Map<string, WindowCounters>()

  /** Clients that are counted now, over all windows. */
  get size(): number {
    let size = 0
    for (const counters of this.#windows.values()) size += counters.size
    return size
  }

  /** Counters that made room for others before their window was over. */
  get evictions(): number {
    let evictions = 0
    for (const counters of this.#windows.values()) evictions += counters.evictions
    return evictions
  }

  /** Counts one call if all windows have room for it. */
  consume(
    key: string,
    windows: readonly LimitWindow[],
    clock: Clock,
    maxKeys: number,
    backend: 'memory' | 'local',
  ): RateLimitDecision {
    const counters = windows.map((window) => this.#ensure(window).use(key, window, window.now(clock), maxKeys))
    const allowed = windows.every((window, i) => (counters[i]?.count ?? 0) < window.limit)
    let refusedBy: WindowUsage | undefined
    const usage = windows.map((window, i) => {
      const counter = counters[i] ?? { count: 0, end: 0 }
      const refused = counter.count >= window.limit
      if (allowed) counter.count++
      const one: WindowUsage = {
        label: window.label,
        limit: window.limit,
        lengthMs: window.lengthMs,
        remaining: Math.max(0, window.limit - counter.count),
        resetMs: counter.end - window.now(clock),
      }
      if (refused && (refusedBy === undefined || one.resetMs > refusedBy.resetMs)) refusedBy = one
      return one
    })
    return { allowed, backend, windows: usage, refusedBy }
  }

  #ensure(window: LimitWindow): WindowCounters {
    let counters = this.#windows.get(window.label)
    if (counters === undefined) {
      counters = new WindowCounters()
      this.#windows.set(window.label, counters)
    }
    return counters
  }
}
