import type { Clock } from '../core/clock.js'
import type { RateLimitDecision, WindowUsage } from './decision.js'
import type { LimitWindow } from './windows.js'

/** A client's counter, a node in the ring of all: from the head on, what has not been used for longest comes first. */
class Counter {
  readonly key: string
  count = 0
  /** When its window is over, by the clock of the window. */
  end = 0
  /** The same by the monotonic clock: where the wall clock was set back, a window is over at its length all the same. */
  endTicks = 0
  prev: Counter = this
  next: Counter = this

  constructor(key: string) {
    this.key = key
  }

  moveBefore(other: Counter): void {
    this.remove()
    this.prev = other.prev
    this.next = other
    other.prev.next = this
    other.prev = this
  }

  remove(): void {
    this.prev.next = this.next
    this.next.prev = this.prev
  }
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
  readonly #head = new Counter('')
  evictions = 0

  get size(): number {
    return this.#counters.size
  }

  use(key: string, window: LimitWindow, now: number, ticks: number, maxKeys: number): Counter {
    let counter = this.#counters.get(key)
    if (counter === undefined) {
      if (this.#counters.size >= maxKeys) this.#evict(window, ticks)
      counter = new Counter(key)
      this.#counters.set(key, counter)
    }
    if (now >= counter.end || ticks >= counter.endTicks) {
      counter.count = 0
      counter.end = window.endAfter(now)
      counter.endTicks = ticks + counter.end - now
    }
    counter.moveBefore(this.#head)
    return counter
  }

  /** Counts a call of the client that was looked up last. */
  count(): void {
    this.#head.prev.count++
  }

  #evict(window: LimitWindow, ticks: number): void {
    this.evictions++
    let oldest = this.#head.next
    for (let chances = secondChances; chances > 0; chances--) {
      if (oldest.count < window.limit || ticks >= oldest.endTicks) break
      oldest.moveBefore(this.#head)
      oldest = this.#head.next
    }
    oldest.remove()
    this.#counters.delete(oldest.key)
  }
}

/** A window, and the counters of the calls in it. */
interface CountedWindow {
  readonly window: LimitWindow
  readonly counters: WindowCounters
}

/**
 * Counts calls in this process. Lives as long as its policy, whatever its numbers become; a refused call is not
 * counted, in any window.
 */
export class MemoryStore {
  readonly #windows = new Map<string, WindowCounters>()
  /** What the last call was counted in: the same windows come again until the config changes. */
  #last: { readonly of: readonly LimitWindow[]; readonly counted: readonly CountedWindow[] } | undefined = undefined

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
    const counted = this.#countedIn(windows)
    let refusedBy: WindowUsage | undefined
    const ticks = clock.now()
    const usage = counted.map(({ window, counters }) => {
      const now = window.now(clock)
      const { count, end, endTicks } = counters.use(key, window, now, ticks, maxKeys)
      const { label, limit, lengthMs } = window
      const resetMs = Math.min(end - now, endTicks - ticks)
      const one = { label, limit, lengthMs, remaining: Math.max(0, limit - count), resetMs }
      if (count >= limit && (refusedBy === undefined || one.resetMs > refusedBy.resetMs)) refusedBy = one
      return one
    })
    if (refusedBy !== undefined) return { allowed: false, backend, windows: usage, refusedBy }
    for (const { counters } of counted) counters.count()
    for (const one of usage) one.remaining--
    return { allowed: true, backend, windows: usage, refusedBy }
  }

  #countedIn(windows: readonly LimitWindow[]): readonly CountedWindow[] {
    if (this.#last?.of !== windows)
      this.#last = { of: windows, counted: windows.map((window) => ({ window, counters: this.#ensure(window) })) }
    return this.#last.counted
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
