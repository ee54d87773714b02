import type { Fields, Range } from '../fields.js'

/** Reads a duration as Istio's validation takes it: whole milliseconds, 1 at least unless another range is given. */
export function readDurationMs(fields: Fields | undefined, name: string, range?: Range): number | undefined {
  const ms = fields?.durationMs(name, range)
  if (ms === undefined || Number.isInteger(ms)) return ms
  fields?.error(name, 'invalid-value', 'must be a whole number of milliseconds.')
  return undefined
}

/** Reads the `value` of a percentage; an empty one is 0. */
export function readPercentage(fields: Fields, name: string): number | undefined {
  const percentage = fields.fields(name, { known: ['value'] })
  return percentage === undefined ? undefined : (percentage.number('value', { min: 0, max: 100 }) ?? 0)
}
