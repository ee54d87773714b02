/** What is shown of the `routing` suite: in the README the decisions of most calls, in the guide every line. */
import { formatNumber } from '../harness/table.js'
import { markdownTable, provenance } from './block.js'

/** What a row says, and the lines of the suite whose medians it has. */
const rows = {
  'match among 1,000 routes: exact path, prefix, header': [
    'match among 1000 routes, exact',
    'match among 1000 routes, prefix',
    'match among 1000 routes, header',
  ],
  'match among 1,000 routes that are all patterns: 32 of them called, all of them': [
    'match among 1000 routes, regex',
    'match among 1000 routes, regex, all in turn',
  ],
  'pick among 10, among 10,000 endpoints: least-request': [
    "destination's pick of 10, least-request",
    "destination's pick of 10000, least-request",
  ],
  'pick among 10,000 endpoints: ring-hash, Maglev, the header hashed for it': [
    "destination's pick of 10000, ring-hash, header hashed",
    "destination's pick of 10000, maglev, header hashed",
  ],
  'ring of 1,024 points a host, 100 hosts': ['ring of 1,024 x 100 hosts'],
  'one of 10,000 endpoints replaced, least-request': ['one of 10000 endpoints replaced, least-request'],
}

/**
 * @param {any} report
 * @returns {import('./section.js').Presented}
 */
export function present({ plan, ...report }) {
  // What an endpoint holds is shown by `memory`.
  const lines = report.lines.filter(({ unit }) => unit !== 'B')
  const cellOf = (/** @type {string} */ name) => {
    const line = lines.find((one) => one.name === name)
    return line === undefined ? '-' : inUnit(line.unit)(line.spread.median)
  }
  return {
    table: markdownTable(
      ['a decision, a change', 'median'],
      Object.entries(rows).map(([says, names]) => [says, names.map(cellOf).join(', ')]),
    ),
    caption:
      `CPU time, medians of ${plan.pace.rounds} rounds, of ${plan.buildRounds} for a ring or a table. Of an endpoint that is ` +
      `replaced the time that passed, the median of ${plan.changes - 1} changes. ` +
      `${provenance(report, [`re2js ${report.machine.packages.re2js}`])}.`,
    goals: lines.map(({ name, unit, spread, below }) => ({
      says: name,
      atMost: below,
      measured: Number.isFinite(spread.median) ? spread : null,
      met: below === undefined || !Number.isFinite(spread.median) ? null : spread.median < below,
      format: inUnit(unit),
    })),
  }
}

/** @param {string} unit */
function inUnit(unit) {
  return (/** @type {number} */ value) => `${formatNumber(value, value < 1 ? 2 : 1)} ${unit}`
}
