import type { Fields } from '../fields.js'

/** Reads a duration as Istio's validation takes it: whole milliseconds, 1 at least. */
export function readDurationMs(fields: Fields, name: string): number | undefined {
  const ms = fields.durationMs(name)
  if (ms === undefined || Number.isInteger(ms)) return ms
  fields.error(name, 'invalid-value', 'must be a whole number of milliseconds.')
  return undefined
}

/** Reads the `value` of a percentage; an empty one is 0. */
export function readPercentage(fields: Fields, name: string): number | undefined {
  const percentage = fields.fields(name, { known: ['value'] })
  return percentage === undefined ? undefined : (percentage.number('value', { min: 0, max: 100 }) ?? 0)
}
