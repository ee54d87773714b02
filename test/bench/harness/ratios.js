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
  return paired(values, references, (value, reference) => value / reference)
}

/**
 * The same for what is added: latencies, which a path lengthens by an amount and not by a factor.
 * @param {readonly (number | null)[]} values
 * @param {readonly (number | null)[]} references
 * @returns {Spread | null} null when no round has both
 */
export function pairedDifference(values, references) {
  return paired(values, references, (value, reference) => value - reference)
}

/**
 * @param {readonly (number | null)[]} values
 * @param {readonly (number | null)[]} references
 * @param {(value: number, reference: number) => number} compare
 */
function paired(values, references, compare) {
  const compared = []
  for (const [round, value] of values.entries()) {
    const reference = references[round]
    if (isUsable(value) && isUsable(reference)) compared.push(compare(value, reference))
  }
  return compared.length === 0 ? null : spreadOf(compared)
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
 * The same of what may be zero and less, such as what is added.
 * @param {Spread | null} figure
 * @returns {boolean}
 */
export function figureParses(figure) {
  return figure !== null && Object.values(figure).every(Number.isFinite)
}

/**
 * @param {readonly { name: string, failure: string | null, ratios: Record<string, Spread | null> }[]} lines
 * @returns {string[]} what did not run, or gave no ratio
 */
export function problemsOf(lines) {
  return lines.flatMap(({ name, failure, ratios }) => {
    if (failure !== null) return [`${name}: ${failure}`]
    return Object.entries(ratios)
      .filter(([, ratio]) => !ratioParses(ratio))
      .map(([reference]) => `${name}: no ratio against ${reference}`)
  })
}

/**
 * @param {number | null | undefined} value
 * @returns {value is number}
 */
function isUsable(value) {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}
