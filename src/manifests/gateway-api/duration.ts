import type { Fields } from '../fields.js'
import { parseGoDuration } from '../go-duration.js'

const form = /^(?:[0-9]{1,5}(?:h|m|s|ms)){1,4}$/

/** Longer than this no timer runs. */
const longestMs = 2_147_483_647

/** Reads a duration of the Gateway API (GEP-2257): up to four of `1h`, `30m`, `10s`, `500ms` in a row, no fractions. */
export function readDurationMs(fields: Fields, name: string): number | undefined {
  const text = fields.text(name)
  if (text === undefined) return undefined
  const ms = form.test(text) ? parseGoDuration(text) : undefined
  if (ms === undefined)
    fields.error(name, 'invalid-value', 'must be a duration like "500ms", "10s" or "1h30m", without fractions.')
  return ms === undefined ? undefined : Math.min(ms, longestMs)
}
