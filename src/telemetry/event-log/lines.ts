import type { Clock, Timer } from '../../core/clock.js'
import type { MeshEvents } from '../../core/events.js'
import type { Logger } from '../../core/logger.js'
import { LruMap } from '../../core/lru.js'
import { warnOfThrown } from '../../core/warn.js'

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
/** What is remembered: so many things that have troubles, and so many troubles of each. */
const mostSubjects = 1_000
const mostTroubles = 50

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
 * Lines of a bounded rate, whatever causes them: 20 of a kind in 10 s, those at info beside the others, and one more that
 * says how many were left out. A trouble that comes with every request is a line when it begins, then one a minute.
 */
export class EventLines {
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #windows = new Map<string, Window>()
  /** Troubles that were told, by what has them and by their text. */
  readonly #troubles = new LruMap<string, LruMap<string, Trouble>>(mostSubjects)

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger
    this.#clock = clock
  }

  /** Writes a line and returns true, unless there were too many; `part` of a kind counts on its own. */
  write(kind: Kind, { level, fields, message }: Line, part = ''): boolean {
    const now = this.#clock.now()
    const budget = `${kind} ${part} ${level === 'info' ? level : ''}`
    const window = this.#windowAt(budget, now)
    if (window.written < linesPerWindow) {
      window.written++
      this.#log(level, { event: kind, ...fields }, message)
      return true
    }
    window.left++
    window.timer ??= this.#clock.setTimer(
      () => {
        this.#windows.delete(budget)
        const told = level === 'info' ? level : 'warn'
        this.#log(told, { event: kind, left: window.left }, 'events of one kind were too many to be logged')
      },
      window.startMs + windowMs - now,
    )
    return false
  }

  /** A logger that throws must end no timer, and with it the process. */
  #log(level: Line['level'], fields: object, message: string): void {
    try {
      this.#logger[level](fields, message)
    } catch (error) {
      warnOfThrown(error)
    }
  }

  /** Writes a line of what may fail again and again: `subject` fails, and `text` tells this from its other troubles. */
  trouble(kind: Kind, subject: string, text: string, line: Line): void {
    const key = `${kind} ${subject}`
    const now = this.#clock.now()
    let troubles = this.#troubles.get(key)
    const known = troubles?.get(text)
    if (known !== undefined) known.times++
    if (known !== undefined && now - known.toldMs < repeatMs) return
    const told = known === undefined ? line : { ...line, fields: { ...line.fields, times: known.times } }
    // What nobody was told is news when it comes again.
    if (!this.write(kind, told)) return
    if (troubles === undefined) {
      troubles = new LruMap(mostTroubles)
      this.#troubles.set(key, troubles)
    }
    troubles.set(text, { toldMs: now, times: 0 })
  }

  /** Forgets the troubles of what works again: the next one is news. Returns whether any was told. */
  recovered(kind: Kind, subject: string): boolean {
    const key = `${kind} ${subject}`
    const known = this.#troubles.get(key) !== undefined
    this.#troubles.delete(key)
    return known
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
