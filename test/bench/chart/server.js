/** What is shown of the `server` suite. */
import { formatNumber } from '../harness/table.js'
import { byHandOf, oursOf, peersOf } from '../suites/server/contenders.js'
import { CONNECTIONS } from '../suites/server/measurement.js'
import { describeRounds, markdownTable, provenance } from './block.js'

const header = ['server', 'requests/s', '× bare', '× peers together']
const load = `HS256 tokens, ${CONNECTIONS} connections`

/**
 * @param {any} report
 * @returns {import('./section.js').Presented}
 */
export function present(report) {
  const scenarios = report.scenarios.filter(({ algorithm }) => algorithm === 'HS256')
  if (scenarios.length === 0) throw new RangeError('this run has no scenario with HS256')
  const { rounds } = scenarios[0].pace
  const rows = scenarios.flatMap(({ framework, lines }) =>
    lines.filter(({ failure }) => failure === null).map((line) => ({ framework, line })),
  )
  const { fastify, express } = report.machine.packages
  return {
    chart: {
      title: "Requests/s with policies, as a share of the bare framework's",
      subtitle: `${load}; medians of ${rounds} interleaved rounds, Node ${report.machine.node.slice(1)}`,
      format: (/** @type {number} */ value) => formatNumber(value, 2),
      bars: rows
        .filter(({ framework, line }) => [framework, peersOf(framework), oursOf(framework)].includes(line.name))
        .filter(({ framework, line }) => line.ratios[framework])
        .map(({ framework, line }) => ({
          label: line.name.replace('all three', "peers' all three").replace(', all policies', ''),
          parts: [
            {
              value: line.ratios[framework].median,
              kind: line.name === oursOf(framework) ? 'ours' : 'theirs',
            },
          ],
        })),
    },
    table: markdownTable(
      [...header, 'CPU µs'],
      rows.map((row) => [...cellsOf(row), formatNumber(row.line.serverCpuMicros.median, 1)]),
    ),
    brief: markdownTable(header, rows.map(cellsOf)),
    caption:
      `All policies: JWT, rate limit, authorization, metrics; the peers' three have no authorization. Ours write the ` +
      'replies of one turn of the event loop together, measured with the client on the same machine; "each reply at once" ' +
      `does not. The peers with "key prepared" have a \`KeyObject\` in place of the secret that express-jwt's own page shows, which it parses for each request. ${load}, load by ${report.load}; ` +
      `${describeRounds(
        rows.map(({ line }) => line),
        rounds,
      )}. ` +
      `${provenance(report, [`Fastify ${fastify}`, `Express ${express}`])}.`,
    goals: report.goals.map(({ contender, reference, ratio, ...goal }) => ({
      says: `${contender}: requests/s × ${reference}`,
      measured: ratio,
      floor: floorOf(rows, reference),
      ...goal,
    })),
  }
}

/**
 * @param {readonly { framework: import('../suites/server/contenders.js').Framework, line: import('../suites/server/summary.js').Line }[]} rows
 * @param {string} reference
 * @returns {number | undefined} undefined where the run left it out
 */
function floorOf(rows, reference) {
  const floor = rows.find(({ framework, line }) => line.name === byHandOf(framework) && reference in line.ratios)
  return floor?.line.ratios[reference]?.median
}

/** @param {{ framework: import('../suites/server/contenders.js').Framework, line: import('../suites/server/summary.js').Line }} row */
function cellsOf({ framework, line: { name, requestsPerSecond, ratios } }) {
  return [
    name === oursOf(framework) ? `**${name}**` : name,
    formatNumber(requestsPerSecond.median),
    formatNumber(ratios[framework]?.median, 2),
    formatNumber(ratios[peersOf(framework)]?.median, 2),
  ]
}
