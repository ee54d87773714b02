/** The goals of a suite, each beside what the run measured: one that was missed stands out. */
import { formatNumber } from '../harness/table.js'
import { markdownTable } from './block.js'

/**
 * @typedef {object} Judged
 * @property {string} says
 * @property {number} [atMost]
 * @property {number} [atLeast]
 * @property {import('../harness/statistics.js').Spread | null} measured null when it was not
 * @property {number | undefined} [floor] the same of the least that could do the work, in the same run
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
  const floors = goals.some(({ floor }) => floor !== undefined)
  return markdownTable(
    ['goal', 'bound', ...(floors ? ['floor'] : []), 'measured', 'rounds', 'verdict'],
    goals.map(({ says, atMost, atLeast, floor, measured, met, format = asRatio }) => [
      says,
      boundOf(atMost, atLeast, format),
      ...(floors ? [floor === undefined ? '-' : format(floor)] : []),
      measured === null ? '-' : format(measured.median),
      measured === null ? '-' : `${format(measured.min)} to ${format(measured.max)}`,
      measured === null ? '**not measured**' : met === null ? '-' : met ? 'met' : '**missed**',
    ]),
  )
}

/**
 * @param {readonly Judged[]} goals
 * @returns {string} how many were met, and which were not
 */
export function verdict(goals) {
  const judged = goals.filter(isJudged)
  const missed = judged.filter(({ met }) => met === false)
  const unknown = judged.filter(({ met }) => met === null)
  const parts = [
    `${judged.length - missed.length - unknown.length} of ${judged.length} met`,
    missed.length > 0 && `**missed** ${missed.map(describe).join('; ')}`,
    unknown.length > 0 && `not measured ${unknown.map(({ says }) => says).join('; ')}`,
  ]
  return parts.filter(Boolean).join(', ')
}

/**
 * @param {readonly Judged[]} goals
 * @returns {string} each with what was measured
 */
export function describeGoals(goals) {
  return goals
    .filter(isJudged)
    .map((goal) => (goal.met === false ? `${describe(goal)} **missed**` : describe(goal)))
    .join('; ')
}

/** @param {Judged} goal */
function isJudged({ atMost, atLeast }) {
  return atMost !== undefined || atLeast !== undefined
}

/** @param {Judged} goal */
function describe({ says, atMost, atLeast, floor, measured, format = asRatio }) {
  const bounds = [boundOf(atMost, atLeast, format), ...(floor === undefined ? [] : [`floor ${format(floor)}`])]
  return `${says} ${measured === null ? 'not measured' : format(measured.median)} (${bounds.join(', ')})`
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
