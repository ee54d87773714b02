/** What is shown of the `limits` suite: its goals. */
import { describeRounds, provenance } from './block.js'

/**
 * @param {any} report
 * @returns {import('./section.js').Presented}
 */
export function present(report) {
  const { 'rate-limiter-flexible': library, ioredis, redis } = report.machine.packages
  const clients = [`rate-limiter-flexible ${library}`, `ioredis ${ioredis}`, `node-redis ${redis}`]
  const versions = report.redis === null ? clients : [`Redis ${report.redis}`, ...clients]
  return {
    caption: `A decision of the rate limiter, by \`npm run bench -- limits\`: ${describeRounds(report.lines, report.pace.rounds)}. ${provenance(report, versions)}.`,
    goals: report.goals.map(({ contender, reference, ratio, ...goal }) => ({
      says: `${contender}: client CPU × ${reference}`,
      measured: ratio,
      ...goal,
    })),
  }
}
