/** Milliseconds as a number, or a number with its unit: `'250ms'`, `'30s'`, `'5m'`, `'1h'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h'}`

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
const form = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/

/** Longest duration a timer can hold (2^31 - 1 ms, 24.8 days); Node fires longer ones at once. */
export const maxTimerMs = 2_147_483_647

/** The milliseconds of a duration, or undefined if it is none. */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined
  if (typeof value !== 'string') return undefined
  const parts = form.exec(value)
  if (parts === null) return undefined
  return Number(parts[1]) * (unitMs[parts[2] ?? ''] ?? Number.NaN)
}

/** The milliseconds of a duration that a schema has already accepted. */
export function durationMs(value: Duration): number
export function durationMs(value: Duration | undefined): number | undefined
export function durationMs(value: Duration | undefined): number | undefined {
  if (value === undefined) return undefined
  const ms = parseDuration(value)
  if (ms === undefined) throw new RangeError(`not a duration: ${String(value)}`)
  return ms
}
