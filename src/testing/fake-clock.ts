import type { Clock, Timer } from '../core/clock.js'

interface Entry extends Timer {
  readonly at: number
  readonly order: number
  readonly fn: () => void
}

/** A clock that moves only when told to. */
export interface FakeClock extends Clock {
  /** Moves both clocks on by `ms`, running due timers in order, and lets promises settle between them. */
  advance(ms: number): Promise<void>
  /** Moves the wall clock alone: a jump, as NTP makes it. */
  jumpWall(ms: number): void
  /** Timers that wait. */
  readonly pending: number
}

/** Lets everything that already can happen, happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(resolve))
}

/**
 * Makes a clock for tests: timeouts, windows and ejections run in no time and without a sleep.
 *
 * @example
 * const clock = fakeClock()
 * const mesh = createMesh({ clock, ... })
 * await clock.advance(30_000)
 */
export function fakeClock(options: { wallMs?: number | undefined } = {}): FakeClock {
  let now = 1_000
  let wallOffset = (options.wallMs ?? Date.UTC(2026, 0, 1)) - now
  let order = 0
  const entries = new Set<Entry>()

  function nextDue(limit: number): Entry | undefined {
    let due: Entry | undefined
    for (const entry of entries)
      if (
        entry.at <= limit &&
        (due === undefined || entry.at < due.at || (entry.at === due.at && entry.order < due.order))
      )
        due = entry
    return due
  }

  return {
    now: () => now,
    wallNow: () => now + wallOffset,
    get pending() {
      return entries.size
    },
    setTimer(fn, ms) {
      const entry: Entry = {
        at: now + Math.max(0, ms),
        order: order++,
        fn,
        cancel: () => {
          entries.delete(entry)
        },
      }
      entries.add(entry)
      return entry
    },
    jumpWall(ms) {
      wallOffset += ms
    },
    async advance(ms) {
      const until = now + ms
      await settle()
      for (let due = nextDue(until); due !== undefined; due = nextDue(until)) {
        entries.delete(due)
        now = Math.max(now, due.at)
        due.fn()
        await settle()
      }
      now = until
      await settle()
    },
  }
}
