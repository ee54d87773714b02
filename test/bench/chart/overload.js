/** What is shown of the `overload` suite: its goals. */
import { spreadOf } from '../harness/statistics.js'
import { formatNumber } from '../harness/table.js'
import { provenance } from './block.js'

/**
 * @param {any} report
 * @returns {import('./section.js').Presented}
 */
export function present({ limit, tries, goals, figures, ...report }) {
  const { capacity, goodput, failed } = figures
  const run = tries === 1 ? 'one run' : `the middle of ${tries} runs, as a goal was missed in the first`
  return {
    subject: 'a server with `inbound.concurrency` at ten times its capacity',
    caption:
      `Ten times the load that a server can bear, by \`npm run bench -- overload\`: \`inbound.concurrency\` of ${limit} before a ` +
      `handler that waits 20 ms, a capacity of ${formatNumber(capacity)} requests/s; ${run}. ${provenance(report)}.`,
    goals: [
      {
        says: 'goodput × capacity',
        atLeast: goals.goodput,
        measured: spreadOf([goodput]),
        met: goodput >= goals.goodput,
      },
      inTime('refusal, p50', figures.shedP50Ms, goals.shedP50Ms),
      inTime('admitted request, p99', figures.admittedP99Ms, figures.admittedGoalMs),
      inTime('last refusal after the overload', figures.backToNormalMs, goals.backToNormalMs),
      {
        says: 'requests that failed otherwise than by 503',
        atMost: 0,
        measured: spreadOf([failed]),
        met: failed === 0,
        format: formatNumber,
      },
    ],
  }
}

/**
 * @param {string} says
 * @param {number} ms
 * @param {number} atMost
 */
function inTime(says, ms, atMost) {
  // A figure that is no number has become null in the file.
  if (!Number.isFinite(ms)) return { says, atMost, measured: null, met: null, format: inMs }
  return { says, atMost, measured: spreadOf([ms]), met: ms <= atMost, format: inMs }
}

/** @param {number} ms */
function inMs(ms) {
  return `${formatNumber(ms, ms < 10 ? 2 : 0)} ms`
}
