/** What the README shows of a suite: chart, table and goals, then in short the same of other majors of Node. */
import { goalsTable } from './goals.js'

/**
 * @typedef {object} Presented
 * @property {import('./bars.js').Chart} [chart]
 * @property {string} [table] without one the goals say everything
 * @property {string} [brief] the table with fewer columns
 * @property {string} caption
 * @property {readonly import('./goals.js').Judged[]} goals
 * @property {string} [more] what else the run has measured
 */

/**
 * @param {string} image where the chart is
 * @param {Presented} main
 * @param {readonly { node: string, presented: Presented }[]} others
 * @returns {string} in Markdown
 */
export function renderSection(image, { chart, table, caption, goals, more }, others) {
  const parts = [chart && `![${chart.title}](${image})`, table, caption, goalsTable(goals), more]
  for (const { node, presented } of others)
    parts.push(`On Node ${majorOf(node)}:`, presented.brief, presented.caption, goalsTable(presented.goals))
  return parts.filter((part) => part !== undefined).join('\n\n')
}

/** @param {string} node its version, such as `v24.11.1` */
function majorOf(node) {
  return Number.parseInt(node.slice(1), 10)
}
