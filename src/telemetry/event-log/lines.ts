import type { Clock, Timer } from '../../core/clock.js'
import type { MeshEvents } from '../../core/events.js'
import type { Logger } from '../../core/logger.js'
import { LruMap } from '../../core/lru.js'

/** What a line is about. */
type Kind = keyof MeshEvents

/** One line. */
export interface Line {
  readonly level: 'info' | 'warn' | 'error'
  readonly fields: object
  readonly message: string
}

const linesPerWindow = 20
const windowMs = 10_000
const repeatMs = 60_000
/** Troubles that are remembered. */
const mostTroubles = 1_000

/** Lines of one kind in one window. */
class Window {
  startMs: number
  written = 0
  left = 0
  timer: Timer | undefined = undefined

  constructor(startMs: number) {
    this.startMs = startMs
  }
}

/** A trouble that goes on. */
interface Trouble {
  /** When it was told last. */
  toldMs: number
  /** How often it came since. */
  times: number
}

/**
 * Lines of a bounded rate, whatever causes them: 20 of a kind in 10 s, and one more that says how many were left out. A
 * trouble that comes with every request is a line when it begins, then one a minute.
 */
export class EventLines {
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #windows = new Map<string, Window>()
  readonly #troubles = new LruMap<string, Trouble>(mostTroubles)

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger
    this.#clock = clock
  }

  /** Writes a line, unless there were too many; `part` of a kind counts on its own. */
  write(kind: Kind, { level, fields, message }: Line, part = ''): void {
    const now = this.#clock.now()
    const budget = `${kind} ${part}`
    const window = this.#windowAt(budget, now)
    if (window.written < linesPerWindow) {
      window.written++
      this.#logger[level]({ event: kind, ...fields }, message)
      return
    }
    window.left++
    window.timer ??= this.#clock.setTimer(
      () => {
        this.#windows.delete(budget)
        this.#logger.warn({ event: kind, left: window.left }, 'events of one kind were too many to be logged')
      },
      window.startMs + windowMs - now,
    )
  }

  /** Writes a line of something that may come again and again; `text` tells it from other troubles of its kind. */
  trouble(kind: Kind, text: string, line: Line): void {
    const key = `${kind} ${text}`
    const now = this.#clock.now()
    const known = this.#troubles.get(key)
    if (known !== undefined && now - known.toldMs < repeatMs) {
      known.times++
      return
    }
    this.#troubles.set(key, { toldMs: now, times: 0 })
    const times = known?.times ?? 0
    this.write(kind, times === 0 ? line : { ...line, fields: { ...line.fields, times: times + 1 } })
  }

  #windowAt(budget: string, now: number): Window {
    let window = this.#windows.get(budget)
    if (window === undefined || (now - window.startMs >= windowMs && window.left === 0)) {
      window = new Window(now)
      this.#windows.set(budget, window)
    }
    return window
  }

  /** Ends its timers. */
  close(): void {
    for (const { timer } of this.#windows.values()) timer?.cancel()
    this.#windows.clear()
  }
}
