/** What is shown of the `startup` suite: its goal. */
import { formatNumber } from '../harness/table.js'
import { provenance } from './block.js'

/**
 * @param {any} report
 * @returns {import('./section.js').Presented}
 */
export function present(report) {
  return {
    caption: `A cold import, by \`npm run bench -- startup\`: medians of ${report.rounds} rounds of fresh processes. ${provenance(report)}.`,
    goals: report.goals.map(({ name, atMostMs, beyond, met }) => ({
      says: name,
      atMost: atMostMs,
      measured: beyond,
      met,
      format: (/** @type {number} */ ms) => `${formatNumber(ms, 1)} ms`,
    })),
  }
}
