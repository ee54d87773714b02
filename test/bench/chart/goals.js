/** The goals of a suite, each beside what the run measured: one that was missed stands out. */
import { formatNumber } from '../harness/table.js'
import { markdownTable } from './block.js'

/**
 * @typedef {object} Judged
 * @property {string} says
 * @property {number} [atMost]
 * @property {number} [atLeast]
 * @property {import('../harness/statistics.js').Spread | null} measured null when it was not
 * @property {boolean | null} met
 * @property {(value: number) => string} [format]
 */

/** @param {number} value */
const asRatio = (value) => formatNumber(value, 2)

/**
 * @param {readonly Judged[]} goals
 * @returns {string} in Markdown
 */
export function goalsTable(goals) {
  return markdownTable(
    ['goal', 'bound', 'measured', 'rounds', 'verdict'],
    goals.map(({ says, atMost, atLeast, measured, met, format = asRatio }) => [
      says,
      atMost === undefined ? `≥ ${format(atLeast ?? Number.NaN)}` : `≤ ${format(atMost)}`,
      measured === null ? '-' : format(measured.median),
      measured === null ? '-' : `${format(measured.min)} to ${format(measured.max)}`,
      measured === null ? '**not measured**' : met ? 'met' : '**missed**',
    ]),
  )
}
