/** What a suite has to show: in the README chart, table and verdicts, in the guide each goal and every major of Node. */
import { describeGoals, goalsTable, verdict } from './goals.js'

/**
 * @typedef {object} Presented
 * @property {import('./bars.js').Chart} [chart]
 * @property {string} [subject] what the goals are about, where they do not say it
 * @property {string} [table] without one the goals say everything
 * @property {string} [brief] the table with fewer columns
 * @property {string} caption
 * @property {readonly import('./goals.js').Judged[]} goals
 * @property {string} [more] what else the run has measured
 */

/** @typedef {{ node: string, presented: Presented }} Elsewhere what another major of Node has to show */

/**
 * @param {string} name of the suite
 * @param {string} image where the chart is
 * @param {Presented} main
 * @param {readonly Elsewhere[]} others
 * @returns {string} in Markdown, for the README
 */
export function renderSection(name, image, { chart, subject, table, caption, goals }, others) {
  const elsewhere = others.map(({ node, presented }) => ` On Node ${majorOf(node)}: ${verdict(presented.goals)}.`)
  if (table === undefined) {
    const about = subject === undefined ? '' : `, ${subject}`
    return `- [\`${name}\`](src/guides/results.md#${name})${about}: ${describeGoals(goals)}.${elsewhere.join('')}`
  }
  const verdicts = `[Goals](src/guides/results.md#${name}): ${verdict(goals)}.${elsewhere.join('')}`
  return joined([chart && `![${chart.title}](${image})`, table, caption, verdicts])
}

/**
 * @param {Presented} main whose chart and table are in the README
 * @param {readonly Elsewhere[]} others
 * @returns {string} in Markdown, for the guide
 */
export function renderResults({ caption, goals, more }, others) {
  const elsewhere = others.flatMap(({ node, presented }) => [
    `On Node ${majorOf(node)}:`,
    presented.brief,
    presented.caption,
    goalsTable(presented.goals),
  ])
  return joined([caption, goalsTable(goals), more, ...elsewhere])
}

/** @param {readonly (string | undefined)[]} parts */
function joined(parts) {
  return parts.filter((part) => part !== undefined).join('\n\n')
}

/** @param {string} node its version, such as `v24.11.1` */
function majorOf(node) {
  return Number.parseInt(node.slice(1), 10)
}
