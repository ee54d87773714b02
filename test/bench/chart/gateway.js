/** What is shown of the `gateway` suite. */
import { formatNumber } from '../harness/table.js'
import { floor, references } from '../suites/gateway/gateways.js'
import { describeRounds, markdownTable, provenance } from './block.js'

const header = ['gateway', 'CPU µs', `× ${references.cpu}`, 'requests/s']

/** Bars longer than so many of the shortest would leave nothing of the others. */
const LONGEST = 8

/**
 * @param {any} report
 * @returns {import('./section.js').Presented}
 */
export function present(report) {
  const lines = report.lines.filter(({ failure }) => failure === null)
  const longest = LONGEST * Math.min(...lines.map(({ cpuMicros }) => cpuMicros.median))
  const drawn = lines.filter(({ cpuMicros }) => cpuMicros.median <= longest)
  const left = lines.filter((line) => !drawn.includes(line)).map(({ name }) => name)
  const offScale = left.length === 0 ? '' : `; off the scale: ${left.join('; ')}`
  const load = `${report.pace.concurrency} connections, load by ${report.load}`
  const { packages } = report.machine
  const peers = ['@fastify/http-proxy', 'http-proxy-middleware'].map((name) => `${name} ${packages[name]}`)
  return {
    chart: {
      title: 'CPU of a gateway for one request, µs',
      subtitle: `${load}; medians of ${report.pace.rounds} interleaved rounds${offScale}`,
      format: (/** @type {number} */ value) => formatNumber(value, 1),
      bars: drawn.map(({ name, cpuMicros }) => ({
        label: name,
        parts: [{ value: cpuMicros.median, kind: isOurs(name) ? 'ours' : 'theirs' }],
      })),
    },
    table: markdownTable(
      [...header, 'p99 µs'],
      lines.map((line) => [...cellsOf(line), formatNumber(line.p99Micros)]),
    ),
    brief: markdownTable(header, lines.map(cellsOf)),
    caption:
      `Policies: JWT, rate limit, metrics. ${load}; ${describeRounds(lines, report.pace.rounds)}. ` +
      `${provenance(report, [...report.versions, ...peers])}.`,
    goals: report.goals.map(({ gateway, says, figure, bound, ratio, measured, met }) => ({
      says: `${gateway}: ${says}`,
      floor: floorOf(lines, figure),
      ...(bound === 'at most' ? { atMost: ratio } : { atLeast: ratio }),
      measured,
      met,
    })),
  }
}

/**
 * @param {readonly import('../suites/gateway/summary.js').Line[]} lines
 * @param {'cpu' | 'p99' | 'rate'} figure
 * @returns {number | undefined} undefined where the run left it out
 */
function floorOf(lines, figure) {
  return lines.find(({ name }) => name === floor)?.ratios[figure]?.median
}

/** @param {string} name */
function isOurs(name) {
  return name.startsWith('mesh')
}

/** @param {import('../suites/gateway/summary.js').Line} line */
function cellsOf({ name, cpuMicros, ratios, requestsPerSecond }) {
  return [
    isOurs(name) ? `**${name}**` : name,
    formatNumber(cpuMicros.median, 1),
    formatNumber(ratios.cpu?.median, 2),
    formatNumber(requestsPerSecond),
  ]
}
