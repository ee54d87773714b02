/** What is shown of the `policies` suite: its goals. */
import { formatNumber } from '../harness/table.js'
import { describeRounds, provenance } from './block.js'

/**
 * @param {any} report
 * @returns {import('./section.js').Presented}
 */
export function present({ pace, lines, goals, ...report }) {
  return {
    caption: `What all policies of a client add to a call over the transport alone, by \`npm run bench -- policies\`, on connections without a wire: ${describeRounds(lines, pace.rounds)}. ${provenance(report)}.`,
    goals: goals.map(({ name, ...goal }) => ({
      says: name,
      ...goal,
      format: (/** @type {number} */ value) => formatNumber(value, name.includes('µs') ? 2 : 0),
    })),
  }
}
