/** What is shown of the `scale` suite: what a second worker costs. */
import { describeRounds, provenance } from './block.js'

/**
 * @param {any} report
 * @returns {import('./section.js').Presented}
 */
export function present({ pace, lines, goal, ...report }) {
  return {
    caption: `Two processes behind one port in place of one, by \`npm run bench -- scale\`: ${describeRounds(lines, pace.rounds)}. The client takes a core too: on two, the workers share them with it. ${provenance(report)}.`,
    goals: lines
      .filter(({ ratio }) => ratio !== undefined)
      .map(({ name, ratio }) => ({
        says: `${name.replace(',', ', limits in')}: CPU of a request × one worker`,
        atMost: goal,
        measured: ratio,
        met: ratio === null ? null : ratio.median <= goal,
      })),
  }
}
