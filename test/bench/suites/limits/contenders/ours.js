import { openLimit } from './limited-calls.js'

/** @param {import('./connect.js').Options} options */
export function open(options) {
  return openLimit(options, { limit: 1_000_000_000, status: 200 })
}
