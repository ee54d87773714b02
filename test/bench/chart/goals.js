/** The goals of a suite, each beside what the run measured: one that was missed stands out. */
import { formatNumber } from '../harness/table.js'
import { markdownTable } from './block.js'

/**
 * @typedef {object} Judged
 * @property {string} says
 * @property {number} [atMost]
 * @property {number} [atLeast]
 * @property {import('../harness/statistics.js').Spread | null} measured null when it was not
 * @property {boolean | null} met null for what is shown beside the goals
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
      boundOf(atMost, atLeast, format),
      measured === null ? '-' : format(measured.median),
      measured === null ? '-' : `${format(measured.min)} to ${format(measured.max)}`,
      measured === null ? '**not measured**' : met === null ? '-' : met ? 'met' : '**missed**',
    ]),
  )
}

/**
 * @param {number | undefined} atMost
 * @param {number | undefined} atLeast
 * @param {(value: number) => string} format
 */
function boundOf(atMost, atLeast, format) {
  if (atMost !== undefined) return `≤ ${format(atMost)}`
  return atLeast === undefined ? '-' : `≥ ${format(atLeast)}`
}
