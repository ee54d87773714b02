/**
 * Ratios between contenders. Each round gives one ratio of two neighbours in time, and the median of
 * those is taken: a machine that grows slower during the run then moves both sides of every ratio.
 */
import { spreadOf } from './statistics.js'

/** @typedef {import('./statistics.js').Spread} Spread */

/**
 * @param {readonly (number | null)[]} values one per round, null where the round is void
 * @param {readonly (number | null)[]} references the same rounds of the reference
 * @returns {Spread | null} null when no round has both
 */
export function pairedRatio(values, references) {
  const ratios = []
  for (const [round, value] of values.entries()) {
    const reference = references[round]
    if (isUsable(value) && isUsable(reference)) ratios.push(value / reference)
  }
  return ratios.length === 0 ? null : spreadOf(ratios)
}

/**
 * Whether a ratio is one that can be compared with a goal.
 * @param {Spread | null} ratio
 * @returns {boolean}
 */
export function ratioParses(ratio) {
  return ratio !== null && Object.values(ratio).every((value) => Number.isFinite(value) && value > 0)
}

/**
 * @param {number | null | undefined} value
 * @returns {value is number}
 */
function isUsable(value) {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}
