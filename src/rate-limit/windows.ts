import type { Clock } from '../core/clock.js'
import { durationMs } from '../core/duration.js'
import { type RateLimitOptions, type RateLimitPeriod, rateLimitPeriods } from './options.js'

/** One window of a policy, compiled. */
export interface LimitWindow {
  /** `minute`, or the length in seconds: `60s`. */
  readonly label: string
  readonly limit: number
  /** Nominal length; months 30 days, years 365. */
  readonly lengthMs: number
  /** Windows begin at the same moment for everybody. */
  readonly calendar: boolean
  /** The time that the window goes by: wall clock for the calendar, else monotonic. */
  now(clock: Clock): number
  /** When the window that holds `now` ends. */
  endAfter(now: number): number
}

const dayMs = 86_400_000

const fixedMs: Readonly<Record<RateLimitPeriod, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: dayMs,
  month: 30 * dayMs,
  year: 365 * dayMs,
}

const wall = (clock: Clock): number => clock.wallNow()
const monotonic = (clock: Clock): number => clock.now()

function endOfMonth(now: number): number {
  const date = new Date(now)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1)
}

function endOfYear(now: number): number {
  return Date.UTC(new Date(now).getUTCFullYear() + 1, 0)
}

function endOfMultiple(lengthMs: number): (now: number) => number {
  return (now) => (Math.floor(now / lengthMs) + 1) * lengthMs
}

function periodWindow(period: RateLimitPeriod, limit: number): LimitWindow {
  const lengthMs = fixedMs[period]
  const endAfter = period === 'month' ? endOfMonth : period === 'year' ? endOfYear : endOfMultiple(lengthMs)
  return { label: period, limit, lengthMs, calendar: true, now: wall, endAfter }
}

const periodOfLength = new Map<number, RateLimitPeriod>(
  rateLimitPeriods.slice(0, 4).map((period) => [fixedMs[period], period]),
)

/** The windows of a policy, shortest first. Calendar windows of any length begin at its multiples since 1970, UTC. */
export function compileWindows(options: RateLimitOptions): readonly LimitWindow[] {
  const { limits } = options
  if (limits !== undefined)
    return rateLimitPeriods.flatMap((period) => {
      const limit = limits[period]
      return limit === undefined ? [] : [periodWindow(period, limit)]
    })
  const limit = options.limit ?? 0
  const lengthMs = durationMs(options.per) ?? 0
  const label = periodOfLength.get(lengthMs) ?? `${lengthMs / 1_000}s`
  if (options.window === 'first-hit')
    return [{ label, limit, lengthMs, calendar: false, now: monotonic, endAfter: (now) => now + lengthMs }]
  return [{ label, limit, lengthMs, calendar: true, now: wall, endAfter: endOfMultiple(lengthMs) }]
}
